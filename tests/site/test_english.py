"""English, the second language: the compiled words are those of the source file, and residents' pages have an English frame."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from linli.areas.appeals import actions as appeals
from linli.commons.settings import KEYS, set_setting
from linli.kit.errors import BadInput, WrongState
from linli.law.load import load_pack
from tests.cast import Town, fresh

FOLDER = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES"
ROOT = FOLDER.parents[4]
RESIDENTS = (
    "linli/site/templates/*.html",
    "linli/site/templates/site/*.html",
    "linli/site/templates/parts/*.html",
    "linli/areas/appeals/templates/appeals/public_*.html",
    "linli/areas/mandates/templates/mandates/*public*.html",
    "linli/areas/mandates/templates/mandates/committee.html",
    "linli/areas/duties/templates/duties/public_*.html",
    "linli/areas/assembly/templates/assembly/public_*.html",
    "linli/commons/templates/commons/law_index.html",
)
"""Templates that a resident may see."""

HAN = re.compile(r"[\u4e00-\u9fff]")
HOLDER = re.compile(r"%\(\w+\)[sd]|%s|\{\w+\}")
QUOTED = re.compile("“[^”]*”")

Words = dict[str, tuple[str, ...]]


def entries() -> Words:
    """Message → its English (two for a message with a plural), read from the source file; the header is left out."""
    found: Words = {}
    text = (FOLDER / "django.po").read_text(encoding="utf-8")
    for block in text.split("\n\n"):
        parts: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            name, _, quoted = line.partition('"')
            key = name.strip() or key
            parts[key] = parts.get(key, "") + str(ast.literal_eval(f'"{quoted}'))
        if parts.get("msgid"):
            forms = [value for name, value in parts.items() if name.startswith("msgstr")]
            assert parts["msgid"] not in found, f"twice in django.po: {parts['msgid']}"
            found[parts["msgid"]] = tuple(forms)
    return found


def compiled() -> Words:
    """The same, as the compiled file has it."""
    with (FOLDER / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    words: Words = {}
    for message, plural in sorted(key if isinstance(key, tuple) else (key, -1) for key in catalogue._catalog):  # type: ignore[attr-defined]
        text = catalogue._catalog[(message, plural) if plural >= 0 else message]  # type: ignore[attr-defined]
        words[message] = (*words.get(message, ()), text)
    words.pop("", None)
    return words


class Frame(HTMLParser):
    """The words of a page that Linli itself wrote: titles, headings, buttons, labels, heads of tables, navigation, names of regions."""

    KEYS = frozenset({"title", "h1", "h2", "h3", "label", "legend", "button", "th", "dt", "nav", "footer", "caption"})
    VOID = frozenset({"meta", "link", "br", "input", "img", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.language = ""
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "html":
            self.language = has.get("lang") or ""
        self.words += [value for name in ("aria-label", "placeholder") if (value := has.get(name))]
        if tag not in self.VOID:
            foreign = tag != "html" and (has.get("lang") or "").startswith("zh")
            self.open.append((tag, foreign))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        mine = any(tag in self.KEYS for tag, _ in self.open) and not any(foreign for _, foreign in self.open)
        if mine and data.strip():
            self.words.append(data.strip())


def frame(page: str) -> Frame:
    """Read a page."""
    reader = Frame()
    reader.feed(page)
    return reader


def names(town: Town) -> Iterator[str]:
    """What stays Chinese: names of places, bodies, laws and county settings."""
    yield from sorted((body.name for body in town.bodies.values()), key=len, reverse=True)
    yield from (place.name for place in (town.county, town.street, town.community, town.sibling))
    yield from sorted((key.label for key in KEYS.values()), key=len, reverse=True)
    yield from (
        getattr(load_pack(pack), field) for pack in ("hubei", "hunan", "national") for field in ("title", "short")
    )


def left_over(words: list[str], town: Town) -> list[str]:
    """Words of a frame that are still Chinese."""
    out = []
    for word in words:
        for name in names(town):
            word = word.replace(name, "")
        if HAN.search(word):
            out.append(word)
    return out


def english(town: Town) -> Client:
    """A resident who chose English on the page."""
    client = Client()
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/help/"})
    assert answer.status_code == 302 and answer["Location"] == "/help/"
    client.cookies["place"] = town.community.code
    return client


def test_the_compiled_words_are_those_of_the_source() -> None:
    source = {message: forms for message, forms in entries().items() if any(forms)}
    assert source == compiled(), "django.mo is behind django.po: run msgfmt, see docs/translate.md"


def test_every_message_has_its_english() -> None:
    assert [message for message, forms in entries().items() if not all(forms)] == []
    assert "fuzzy" not in (FOLDER / "django.po").read_text(encoding="utf-8")


def test_no_placeholder_is_lost() -> None:
    wrong = [
        message
        for message, forms in entries().items()
        if any(sorted(HOLDER.findall(form)) != sorted(HOLDER.findall(message)) for form in forms)
    ]
    assert wrong == []


def test_english_is_english() -> None:
    """Chinese stands only in quotes: what is to be typed, or a column's name."""
    wrong = [form for forms in entries().values() for form in forms if HAN.search(QUOTED.sub("", form))]
    assert wrong == []


@pytest.mark.parametrize("pattern", RESIDENTS)
def test_residents_templates_have_no_untranslated_words(pattern: str) -> None:
    files = sorted(ROOT.glob(pattern))
    assert files, pattern
    known = entries()
    missing = [
        (path.name, message)
        for path in files
        for message in re.findall(r"""(?:\{%\s*trans\s+|[=:]_\()["']([^"']+)["']""", path.read_text(encoding="utf-8"))
        if HAN.search(message) and message not in known
    ]
    assert missing == [], "not in django.po yet: see docs/translate.md"


PAGES = (
    "/",
    "/open/",
    "/indices/",
    "/place/",
    "/help/",
    "/login/",
    "/follow/",
    "/report/",
    "/committee/",
    "/lists/",
    "/law/",
    "/drafts/",
    "/drafts/points/",
    "/drafts/follow/",
)


@pytest.mark.parametrize("path", PAGES)
def test_residents_pages_have_an_english_frame(hubei: Town, path: str) -> None:
    answer = english(hubei).get(path)
    found = frame(answer.content.decode())
    assert answer.status_code == 200 and found.language == "en"
    assert len(found.words) > 10 and "Skip to content" in answer.content.decode()
    assert left_over(found.words, hubei) == []


@pytest.mark.parametrize("path", PAGES)
def test_chinese_stays_the_first_language(hubei: Town, client: Client, path: str) -> None:
    answer = client.get(path)
    found = frame(answer.content.decode())
    assert answer.status_code == 200 and found.language == "zh-hans"
    assert "跳到正文" in answer.content.decode() and left_over(found.words, hubei)


class Spoken(Frame):
    """All words of a page that are not marked as Chinese."""

    KEYS = frozenset({"p", "b", "dd", "h1", "h2", "dt", "span", "li"})


@pytest.mark.parametrize("path", ["/standards/{code}/", "/law/hubei/art_14/", "/law/hubei/art_15/"])
def test_words_of_the_law_are_marked_as_chinese_and_the_page_says_so(hubei: Town, path: str) -> None:
    answer = english(hubei).get(path.format(code=hubei.community.code)).content.decode()
    assert "中文原文" in answer or "in Chinese" in answer
    reader = Spoken()
    reader.feed(answer)
    law = [duty.gist for duty in load_pack("hubei").duties] + [
        duty.reading for duty in load_pack("hubei").duties if duty.reading
    ]
    assert [word for word in reader.words if any(one in word for one in law)] == []
    chinese = Client().get(path.format(code=hubei.community.code)).content.decode()
    assert "中文原文" not in chinese


def test_the_committee_page_and_its_poster_speak_english(town: Town) -> None:
    client = english(town)
    for path in (f"/committee/{town.community.code}/", f"/committee/{town.community.code}/poster/"):
        answer = client.get(path)
        found = frame(answer.content.decode())
        assert answer.status_code == 200 and found.language == "en" and left_over(found.words, town) == []
    assert "What we do, what we do not do" in answer.content.decode()


def test_reporting_and_following_in_english(town: Town) -> None:
    client = english(town)
    steps = (
        ("/report/where/", "/report/", {"text": "lamp"}),
        ("/report/contact/", "/report/where/", {"place": town.community.code, "place_text": "3"}),
        ("/report/check/", "/report/contact/", {"for_other": "0"}),
    )
    for after, before, sent in steps:
        assert client.post(before, sent)["Location"] == after
        answer = client.get(after)
        assert answer.status_code == 200 and left_over(frame(answer.content.decode()).words, town) == []
    token = re.search(r'name="token" value="([^"]+)"', answer.content.decode())
    assert token is not None
    assert client.post("/report/check/", {"token": token[1], "keep_matter": "on"})["Location"] == "/report/done/"
    done = client.get("/report/done/").content.decode()
    assert "Your appeal has been received" in done and left_over(frame(done).words, town) == []
    receipt = appeals.file_appeal(by=town.resident, place=town.community, text="lamp")
    client.post("/follow/", {"number": receipt.appeal.number, "code": receipt.code})
    page = client.get(f"/follow/{receipt.appeal.number}/").content.decode()
    assert "Your appeal was received" in page and "is checking it." in page
    assert left_over(frame(page).words, town) == []


def test_refusals_of_forms_speak_english(hubei: Town) -> None:
    client = english(hubei)
    assert "Please write what happened" in client.post("/report/", {"text": ""}).content.decode()
    assert "Please fill in the account." in client.post("/login/", {}).content.decode()


def test_every_page_of_the_workbench_opens_in_english(town: Town) -> None:
    town.answered()
    for who in (town.hotline, town.department, town.committee, town.lead):
        client = english(town)
        assert who.user is not None
        client.force_login(who.user)
        client.post("/i18n/setlang/", {"language": "en", "next": "/"})
        home = client.get("/work/")
        found = frame(home.content.decode())
        assert home.status_code == 200 and found.language == "en" and "Workbench" in found.words
        paths = sorted(set(re.findall(r'<a href="(/work/[a-z/]+)"', home.content.decode())))
        assert len(paths) > 2
        for path in paths:
            assert client.get(path).status_code == 200, path


def test_plurals_and_dates_follow_the_language() -> None:
    with translation.override("en"):
        say = translation.ngettext
        one, many = "还有 %(n)s 个工作日", "还有 %(n)s 个工作日"
        assert say(one, many, 1) % {"n": 1} == "1 working day left"
        assert say(one, many, 3) % {"n": 3} == "3 working days left"
        assert translation.gettext("Y年n月j日") == "j M Y"


def test_states_limits_and_refusals_of_a_resident_are_english(hubei: Town) -> None:
    set_setting(by=hubei.lead, place=hubei.county, key="appeals.handle", value={"amount": 5, "unit": "working_days"})
    client = english(hubei)
    receipt = hubei.file("lamp")
    wrong = client.post("/follow/", {"number": receipt.appeal.number, "code": "AAAAAAAAAA"}).content.decode()
    assert "The number or the query code is wrong." in wrong
    client.post("/follow/", {"number": receipt.appeal.number, "code": receipt.code})
    for path in ("/follow/", "/"):
        assert f"{receipt.appeal.number} · To be accepted" in client.get(path).content.decode()
    appeals.classify_appeal(
        by=hubei.hotline, appeal=receipt.appeal, matter=hubei.matter("路灯照明"), kind="求助", place=hubei.community
    )
    appeals.accept_appeal(by=hubei.hotline, appeal=fresh(receipt.appeal))
    appeals.dispatch_appeal(by=hubei.hotline, appeal=fresh(receipt.appeal), to=hubei.bodies["urban_mgmt"])
    page = client.get(f"/follow/{receipt.appeal.number}/").content.decode()
    assert "5 working days left" in page and "个工作日" not in page
    assert "There is no such page." in client.get("/nowhere/").content.decode()


def test_a_refusal_stays_in_one_language(hubei: Town) -> None:
    appeal = hubei.accepted()
    with translation.override("en"), pytest.raises(WrongState) as refused:
        appeals.accept_appeal(by=hubei.hotline, appeal=appeal)
    assert "现在是“待分派”" in refused.value.message


def test_a_page_says_a_refusal_in_the_readers_language_and_the_evidence_stays_chinese() -> None:
    refused = BadInput("照片最多 %(most)d 张，请少选几张。", said={"most": 4}, code="too_many_photos")
    assert str(refused) == refused.message == refused.as_problem()["detail"] == "照片最多 4 张，请少选几张。"
    with translation.override("en"):
        assert "4" in refused.shown and not HAN.search(refused.shown) and HAN.search(refused.message)
    assert BadInput("占 50%。").shown == "占 50%。"


def test_posts_are_named_in_the_language_of_the_page(hubei: Town) -> None:
    client = english(hubei)
    assert hubei.hotline.user is not None
    client.force_login(hubei.hotline.user)
    assert "Hotline agent" in client.get("/work/").content.decode()
