"""Law pages and official texts: from an article to its duty, its page and what was done, and texts that differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import Resolver404, resolve

from linli.commons import queries, statutes
from linli.commons.actor import RESIDENT, Actor
from linli.commons.models import StatuteArticle, StatuteText
from linli.kit.errors import BadInput, NotAllowed
from linli.kit.trail import Entry
from linli.law import words
from linli.law.load import load_pack, packs
from linli.law.parse import fingerprint, parse, read_text
from linli.law.types import Article
from linli.site.where import WHERE
from tests.cast import Town

DRAFTS = Path(__file__).resolve().parents[2].parent / "shared" / "law"
needs_drafts = pytest.mark.skipif(not DRAFTS.is_dir(), reason="../shared/law 不在：正文不随仓库分发")

MADE_UP = """湖北省城乡社区治理促进条例（草案）
第一章 总 则
第一条【起头】 这是为测试写的一句话。
第二条 这一条有两款，这是第一款。
这是第二款，应当做到下面两项：
（一）种花；
（二）种树：
1.种松树；
2.种柏树。
"""


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


def made_up(folder: Path, text: str = MADE_UP, name: str = "text.txt") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def sign_in(client: Client, who: Actor) -> None:
    assert who.user is not None
    client.force_login(who.user)


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


# ---- words


@pytest.mark.parametrize("id", packs())
def test_every_code_of_a_pack_has_a_word(id: str) -> None:
    pack = load_pack(id)
    for duty in pack.duties:
        assert set(duty.bearer) <= set(words.BEARERS), duty.id
        assert set(duty.evidence) <= set(words.EVIDENCE), duty.id
        assert duty.subject in words.SUBJECTS
        if duty.rule:
            assert not re.search("[A-Za-z_]{2}", words.in_words(duty.rule, pack)), duty.id
    assert {article.topic for article in pack.articles} <= set(words.TOPICS)
    assert {param.unit for param in pack.params.values()} <= set(words.UNITS)


def test_a_rule_is_read_aloud_with_its_numbers() -> None:
    pack = load_pack("hubei")
    rule = pack.duty("staffing").rule
    assert rule is not None
    said = words.in_words(rule, pack)
    assert said == "社区工作者：不少于「每万名常住人口社区工作者」 × 常住人口 ÷ 10000（城乡类别为城市时）。"
    assert [words.value_in_words(param) for param in words.params_of(rule, pack)] == ["18 人"]
    assert words.value_in_words(pack.params["survey_every"]) == "文本未定数"


@pytest.mark.parametrize("id", packs())
def test_every_verb_of_a_pack_leads_to_a_page(id: str) -> None:
    pack = load_pack(id)
    verbs = {verb for verb in pack.actions if not verb.startswith("gate.")} | {v for d in pack.duties for v in d.verbs}
    assert verbs <= {verb for verb, deed in WHERE.items() if deed.pages}


@pytest.mark.parametrize("url", sorted({page.url for deed in WHERE.values() for page in deed.pages}))
def test_every_page_that_an_article_leads_to_exists(url: str) -> None:
    try:
        resolve(url)
    except Resolver404:
        pytest.fail(f"linli/site/where.py leads to {url}, which linli/site/urls.py does not know")


# ---- loading


def test_a_text_is_recognised_by_its_title_and_marked_where_it_differs(hubei: Town, tmp_path: Path) -> None:
    text = statutes.import_file(made_up(tmp_path), by=hubei.lead)
    assert (text.pack, text.current, text.articles.count()) == ("hubei", True, 2)
    assert set(text.articles.filter(stale=True).values_list("eid", flat=True)) == {"art_1", "art_2"}
    entry = Entry.objects.get(verb="commons.text_loaded")
    assert entry.facts["stale"] == ["art_1", "art_2"] and "art_45" in entry.facts["missing"]


def test_the_same_text_again_changes_nothing(hubei: Town, tmp_path: Path) -> None:
    first = statutes.import_file(made_up(tmp_path), by=hubei.lead)
    again = statutes.import_file(made_up(tmp_path, MADE_UP.replace("\n", "\r\n\r\n"), "w.txt"), by=hubei.lead)
    assert again.pk == first.pk
    assert Entry.objects.filter(verb="commons.text_loaded").count() == 1


def test_a_new_version_takes_the_place_of_the_old_one_which_is_kept(hubei: Town, tmp_path: Path) -> None:
    statutes.import_file(made_up(tmp_path), by=hubei.lead)
    new = statutes.import_file(made_up(tmp_path, MADE_UP.replace("种花", "种草")), by=hubei.lead)
    assert StatuteText.objects.count() == 2
    assert statutes.current_texts()["hubei"] == new


def test_a_stored_article_is_taken_apart_as_the_parser_read_it() -> None:
    for article in parse(MADE_UP).articles:
        paragraphs = statutes.paragraphs_of(article.number, statutes.body_of(article))
        assert paragraphs == article.paragraphs


@needs_drafts
@pytest.mark.parametrize(("file", "id"), [("hubei-draft.txt", "hubei"), ("hunan-draft-2.txt", "hunan")])
def test_both_drafts_are_recognised_and_agree_with_their_packs(hubei: Town, file: str, id: str) -> None:
    text = statutes.import_file(DRAFTS / file, by=hubei.lead)
    assert text.pack == id
    assert not text.articles.filter(stale=True).exists()
    act = parse(read_text(DRAFTS / file))
    for article in act.articles:
        body = StatuteArticle.objects.get(text=text, eid=article.eid).body
        again = Article(
            article.eid, article.number, article.heading, statutes.paragraphs_of(article.number, body), article.chapter
        )
        assert fingerprint(again) == article.sha256


@needs_drafts
def test_a_text_without_its_title_is_recognised_by_its_articles(hubei: Town, tmp_path: Path) -> None:
    lines = (DRAFTS / "hunan-draft-2.txt").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if "第一条" in line)
    assert statutes.import_file(made_up(tmp_path, "\n".join(lines[start:])), by=hubei.lead).pack == "hunan"


@pytest.mark.parametrize(
    ("text", "pack", "said"),
    [
        ("今天天气很好。", "", "没有找到任何一条"),
        ("某市养犬条例\n第一条 这是别的法规。", "", "认不出这是哪部法规"),
        ("某市养犬条例\n第一条 这是别的法规。", "hunan", "没有一条相同"),
        (MADE_UP, "national", "没有条文"),
        (MADE_UP, "atlantis", "没有名为 atlantis 的法规包"),
    ],
)
def test_a_wrong_file_is_refused_in_plain_words(hubei: Town, tmp_path: Path, text: str, pack: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        statutes.import_file(made_up(tmp_path, text), by=hubei.lead, pack=pack)
    assert not StatuteText.objects.exists()


@pytest.mark.parametrize(("name", "raw"), [("a.docx", b"PK\x03\x04 broken"), ("a.pdf", b"%PDF-1.4"), ("a.docx", b"x")])
def test_a_file_that_cannot_be_read_is_refused(hubei: Town, tmp_path: Path, name: str, raw: bytes) -> None:
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(BadInput):
        statutes.import_file(tmp_path / name, by=hubei.lead)


def test_only_who_holds_the_power_loads_a_text(hubei: Town, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        statutes.import_file(made_up(tmp_path), by=hubei.committee)
    assert not StatuteText.objects.exists()


# ---- pages


@pytest.mark.django_db
def test_the_index_counts_what_the_packs_hold(client: Client) -> None:
    said = text_of(client.get("/law/"))
    for id in ("hubei", "hunan"):
        pack = load_pack(id)
        assert pack.title in said
        hard = sum(duty.force == "hard" for duty in pack.duties)
        assert f"必须做的 {hard} 项，鼓励做的 {len(pack.duties) - hard} 项" in said
        assert f"附算例 {len(pack.cases)} 个" in said
    assert "草案模拟" in said


@pytest.mark.django_db
@pytest.mark.parametrize("id", [id for id in packs() if load_pack(id).articles])
def test_every_article_opens_and_shows_every_duty_and_every_waiver(client: Client, id: str) -> None:
    pack = load_pack(id)
    for article in pack.articles:
        page = client.get(f"/law/{id}/{article.at}/").content.decode()
        for duty in pack.duties:
            if duty.at.partition("__")[0] == article.at:
                assert f'id="duty-{duty.id}"' in page
                at = duty.at if "__" in duty.at else f"{duty.at}__para_1"
                assert f'id="{at}"' in page
        assert len(re.findall("不产生职责——", page)) == sum(w.at.partition("__")[0] == article.at for w in pack.waivers)


@pytest.mark.django_db
def test_an_article_says_who_must_do_what_where_and_on_what_number(client: Client) -> None:
    said = text_of(client.get("/law/hubei/art_14/"))
    assert "县级人民政府" in said and "必须做" in said and "18 人" in said
    assert "本站未载入正文" in said
    said = text_of(client.get("/law/hubei/art_41/"))
    assert "拦下清单外任务" in said and "清单外拦截" in said
    assert "文本未定数" in text_of(client.get("/law/hubei/art_38/"))


def test_what_was_done_under_an_article_is_counted_for_the_places_one_may_see(hubei: Town, client: Client) -> None:
    hubei.handling()
    rest = [e for e in Entry.objects.all() if any(b.split("__")[0] == "hubei.art_25" for b in e.basis)]
    assert rest
    said = text_of(client.get("/law/hubei/art_25/"))
    assert f"全平台已留痕 {len(rest)} 次" in said
    assert hubei.lead.label not in said and "最近 10 次" not in said
    sign_in(client, hubei.lead)
    assert f"您管辖范围内已留痕 {len(rest)} 次" in text_of(client.get("/law/hubei/art_25/"))
    sign_in(client, hubei.outsider)
    assert "您管辖范围内已留痕 0 次" in text_of(client.get("/law/hubei/art_25/"))


def test_article_4_does_not_count_what_rests_on_article_41_or_42(hubei: Town) -> None:
    hubei.answered()
    assert queries.entries_under(RESIDENT, "hubei.art_42").exists()
    assert not queries.entries_under(RESIDENT, "hubei.art_4").exists()


def test_a_loaded_text_stands_beside_its_duties_and_a_differing_one_warns(
    hubei: Town, client: Client, tmp_path: Path
) -> None:
    statutes.import_file(made_up(tmp_path), by=hubei.lead)
    page = client.get("/law/hubei/art_2/").content.decode()
    assert "（二）种树" in page and 'id="art_2__para_2__point_2__item_1"' in page
    assert len(re.findall('id="(art_[^"]+)"', page)) == len(set(re.findall('id="(art_[^"]+)"', page)))
    assert "载入的正文与本平台登记的这一条不一致" in page
    assert "载入的正文里没有这一条" in client.get("/law/hubei/art_25/").content.decode()


def test_search_reads_gists_duties_and_the_loaded_text(hubei: Town, client: Client, tmp_path: Path) -> None:
    assert "没有找到" in text_of(client.get("/law/hubei/", {"q": "种柏树"}))
    statutes.import_file(made_up(tmp_path), by=hubei.lead)
    assert "找到 1 条" in text_of(client.get("/law/hubei/", {"q": "种柏树"}))
    said = text_of(client.get("/law/hubei/", {"q": "第四条"}))
    assert "找到 1 条" in said and "第十四条" not in said
    assert client.get("/law/hubei/", {"q": "<script>" * 40}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/law/atlantis/", "/law/hubei/art_99/", "/law/hubei/chp_1/", "/law/national/art_1/"])
def test_what_does_not_exist_is_not_found(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


def test_staff_load_a_text_in_the_browser(hubei: Town, client: Client) -> None:
    url = "/work/settings/texts/"
    assert client.get(url).status_code == 302
    sign_in(client, hubei.committee)
    assert client.get(url).status_code == 404
    sign_in(client, hubei.admin)
    upload = SimpleUploadedFile("条例.txt", MADE_UP.encode("gb18030"))
    said = text_of(client.post(url, {"file": upload, "pack": ""}, follow=True))
    assert "共 2 条，其中 2 条与法规包不一致" in said
    upload = SimpleUploadedFile("条例.txt", MADE_UP.encode())
    assert "完全相同，没有改动" in text_of(client.post(url, {"file": upload, "pack": "hubei"}, follow=True))
    answer = client.post(url, {"file": SimpleUploadedFile("x.exe", b"MZ"), "pack": ""})
    assert answer.status_code == 422 and "另存为 .docx 或 .txt" in text_of(answer)
    assert client.post(url, {}).status_code == 422


@pytest.mark.django_db
def test_two_provinces_stand_side_by_side_by_article_and_by_topic(client: Client) -> None:
    answer = client.get("/law/compare/")
    shown = text_of(answer)
    assert answer.status_code == 200 and "可能对应" in shown and "同一件事，各怎么规定" in shown
    assert "未载入正文" in shown


def test_two_loaded_versions_show_what_changed_and_can_be_taken_away(
    client: Client, hubei: Town, tmp_path: Path
) -> None:
    statutes.import_file(made_up(tmp_path), by=hubei.lead)
    old = StatuteText.objects.get()
    statutes.import_file(made_up(tmp_path, MADE_UP.replace("种花", "种草"), "new.txt"), by=hubei.lead)
    new = StatuteText.objects.get(current=True)
    address = f"/law/compare/?a=text-{old.pk}&b=text-{new.pk}"
    page = client.get(address).content.decode()
    assert "<del>花</del>" in page and "<ins>草</ins>" in page and "有改动 1 条" in page
    rows = b"".join(client.get(f"{address}&as=csv")).decode("utf-8-sig")
    assert rows.splitlines()[0] == "甲的条,乙的条,变化,甲的文字,乙的文字" and "第二条,第二条,有改动" in rows
    assert client.get(f"{address}&as=docx").content.startswith(b"PK")


@pytest.mark.django_db
def test_a_text_that_is_not_there_is_told_at_its_field(client: Client) -> None:
    answer = client.get("/law/compare/?a=text-999&b=pack-hunan")
    assert (
        answer.status_code == 200
        and "field-bad" in answer.content.decode()
        and '<section class="compared"' not in answer.content.decode()
    )
