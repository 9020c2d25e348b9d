"""The resident's pages: report, receipt, follow, and what may not happen there."""

from __future__ import annotations

import gzip
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal
from linli.areas.appeals.pages.public_draft import Draft
from linli.commons.settings import set_setting
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.files import Attachment
from linli.kit.once import Done
from tests.cast import Town, fresh

TEXT = "滨江社区 3 栋楼下路灯坏了三天，晚上很黑。"


def picture(name: str = "a.jpg", kind: str = "JPEG") -> SimpleUploadedFile:
    """A small picture to upload."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (30, 90, 60)).save(out, kind)
    return SimpleUploadedFile(name, out.getvalue(), f"image/{kind.lower()}")


def token_in(page: str) -> str:
    """The one-time token of the last page."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def write(client: Client, town: Town, text: str = TEXT, photos: Any = (), **contact: Any) -> str:
    """Walk the first three steps; return the token of the fourth."""
    answer = client.post("/report/", {"text": text, "photos": list(photos)})
    assert answer.status_code == 302 and answer["Location"] == "/report/where/"
    answer = client.post("/report/where/", {"place": town.community.code, "place_text": "3 栋"})
    assert answer["Location"] == "/report/contact/"
    answer = client.post("/report/contact/", {"for_other": "0", **contact})
    assert answer["Location"] == "/report/check/"
    return token_in(client.get("/report/check/").content.decode())


def send(client: Client, town: Town, **more: Any) -> tuple[Appeal, str]:
    """Report; return the appeal and the secret code as the confirmation page shows it."""
    token = write(client, town, **more)
    answer = client.post("/report/check/", {"token": token, "keep_matter": "on"})
    assert answer["Location"] == "/report/done/"
    page = client.get("/report/done/").content.decode()
    number, code = re.findall(r'<dd class="number">([^<]+)</dd>', page)
    return Appeal.objects.get(number=number), code


def opened(town: Town) -> tuple[Client, Appeal]:
    """Another browser that opened an appeal with its code."""
    receipt = town.file(TEXT)
    client = Client()
    client.post("/follow/", {"number": receipt.appeal.number, "code": receipt.code})
    return client, receipt.appeal


def handled(town: Town, appeal: Appeal) -> Appeal:
    """The offices do their part up to the dispatch."""
    appeal = appeals.classify_appeal(
        by=town.hotline, appeal=appeal, matter=town.matter("路灯照明"), kind="求助", place=town.community
    )
    appeals.accept_appeal(by=town.hotline, appeal=appeal)
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["urban_mgmt"], reason="路灯归城管局维护")
    return fresh(appeal)


def test_the_whole_way_from_report_to_handled_again(town: Town, client: Client) -> None:
    appeal, code = send(client, town, name="李梅", contact="10000000002", photos=[picture()])
    assert (appeal.reporter_name, appeal.reporter_contact, appeal.place_text) == ("李梅", "10000000002", "3 栋")
    assert (appeal.place_id, appeal.channel, appeal.matter) == (town.community.code, "web", town.matter("路灯照明"))
    assert not appeal.confirmed  # only a human confirms a class
    assert "<svg" in client.get("/report/done/").content.decode()
    paper = client.get("/report/done/print/").content.decode()
    assert code in paper and appeal.number in paper and TEXT in paper

    other = Client()
    answer = other.get(f"/f/{appeal.number}/{code}/")
    assert answer["Location"] == f"/follow/{appeal.number}/"
    page = other.get(answer["Location"]).content.decode()
    assert "12345 热线中心 正在核对，这一步本县没有设定时限" in page and code not in page
    row = Attachment.objects.get(subject=appeal.trail_key)
    shown = other.get(f"/follow/{appeal.number}/photo/{row.code}/")
    assert shown["Content-Type"] == "image/jpeg" and b"".join(shown.streaming_content)[:2] == b"\xff\xd8"  # type: ignore[attr-defined]

    set_setting(by=town.lead, place=town.county, key="appeals.handle", value={"amount": 5, "unit": "working_days"})
    appeal = handled(town, appeal)
    appeals.reveal_reporter(by=town.department, appeal=appeal, reason="约上门时间")
    page = other.get(f"/follow/{appeal.number}/").content.decode()
    assert re.search(r"正在由 城市管理局 办理，应于 .*（周.）前答复，还有 5 个工作日", page)
    assert "路灯归城管局维护" in page and "有人查看了您的姓名和联系方式" in page and "原因：约上门时间" in page
    told = re.search(r"有人查看了您的姓名和联系方式.{0,600}", page, re.S)
    assert told is not None and "部门经办人" in told[0] and "城市管理局" in told[0]
    assert town.department.user is not None and town.department.user.name not in told[0], "the office answers for it"

    appeals.ask_resident(by=town.department, appeal=appeal, question="是东侧还是西侧的灯？")
    page = other.get(f"/follow/{appeal.number}/").content.decode()
    assert "是东侧还是西侧的灯？" in page and "城市管理局 在等您补充情况" in page
    assert other.post(f"/follow/{appeal.number}/add/", {"text": "  "}).status_code == 422
    assert other.post(f"/follow/{appeal.number}/add/", {"text": "东侧。"}).status_code == 302
    assert not fresh(appeal).waiting and "东侧。" in other.get(f"/follow/{appeal.number}/").content.decode()

    appeals.answer_appeal(by=town.department, appeal=fresh(appeal), text="已派人更换灯泡，今晚恢复照明。")
    answer = other.post(f"/follow/{appeal.number}/rate/", {"solved": "0", "rating": "2"}, follow=True)
    assert "没有解决，由 城市管理局 重新办理" in answer.content.decode()
    assert fresh(appeal).state == State.HANDLING

    appeals.answer_appeal(by=town.department, appeal=fresh(appeal), text="线路已检修，东侧路灯恢复照明。")
    assert other.post(f"/follow/{appeal.number}/rate/", {"solved": "1", "rating": "9"}).status_code == 422
    other.post(f"/follow/{appeal.number}/rate/", {"solved": "1", "rating": "5"})
    assert fresh(appeal).state == State.CLOSED
    other.post(f"/follow/{appeal.number}/reopen/", {"text": "昨晚又不亮了。"})
    assert fresh(appeal).state == State.ACCEPTED
    page = other.get(f"/follow/{appeal.number}/").content.decode()
    assert "您要求重新办理" in page and "mandates" not in page and "own_duty" not in page


def test_reopening_after_the_limit_is_not_offered_and_refused(town: Town) -> None:
    client, appeal = opened(town)
    handled(town, appeal)
    appeals.answer_appeal(by=town.department, appeal=fresh(appeal), text="已派人更换灯泡，今晚恢复照明。")
    client.post(f"/follow/{appeal.number}/rate/", {"solved": "1", "rating": "4"})
    set_setting(by=town.lead, place=town.county, key="appeals.reopen", value={"amount": 3, "unit": "days"})
    ended = fresh(appeal).ended_at
    assert ended is not None
    Appeal.objects.filter(pk=appeal.pk).update(ended_at=ended - timedelta(days=30))
    page = client.get(f"/follow/{appeal.number}/").content.decode()
    assert "已过；还有问题，请重新反映" in page and f"/follow/{appeal.number}/reopen/" not in page
    late = client.post(f"/follow/{appeal.number}/reopen/", {"text": "又坏了"})
    assert late.status_code == 422 and "要在办结后 3 日 内提出" in late.content.decode()
    assert fresh(appeal).state == State.CLOSED


def test_a_declined_appeal_tells_the_reason(hubei: Town) -> None:
    client, appeal = opened(hubei)
    appeals.decline_appeal(by=hubei.hotline, appeal=appeal, reason="属于法院诉讼事项，请向县人民法院提起诉讼。")
    page = client.get(f"/follow/{appeal.number}/").content.decode()
    assert "决定不予受理" in page and "请向县人民法院提起诉讼" in page and "补充情况" not in page


def test_the_story_tells_objection_ruling_and_lateness(town: Town) -> None:
    client, appeal = opened(town)
    set_setting(by=town.lead, place=town.county, key="appeals.handle", value={"amount": 1, "unit": "days"})
    appeal = handled(town, appeal)
    appeals.object_appeal(by=town.department, appeal=appeal, reason="属于住建局维护的小区内路灯。")
    assert "认为不属于本单位职责" in client.get(f"/follow/{appeal.number}/").content.decode()
    appeals.rule_objection(
        by=town.supervisor, appeal=fresh(appeal), uphold=True, ruling="小区内路灯归住建局。", to=town.bodies["housing"]
    )
    running = Clock.objects.get(subject=appeal.trail_key, name="handle", stopped_at=None)
    assert running.due_at is not None
    Clock.objects.filter(pk=running.pk).update(due_at=running.due_at - timedelta(days=30))
    appeals.card_due()
    page = client.get(f"/follow/{appeal.number}/").content.decode()
    assert "协调单位裁定：改由 住房和城乡建设局 办理" in page and "小区内路灯归住建局。" in page
    assert "办理已超期，系统发出红牌" in page
    assert re.search(r"正在由 住房和城乡建设局 办理，应于 .*前答复，已超期 \d+ 个工作日", page)


def test_withdrawing_asks_once_and_ends_it(hubei: Town) -> None:
    client, appeal = opened(hubei)
    assert "撤回后就不再办理" in client.get(f"/follow/{appeal.number}/withdraw/").content.decode()
    assert fresh(appeal).state == State.RECEIVED
    client.post(f"/follow/{appeal.number}/withdraw/")
    assert fresh(appeal).state == State.WITHDRAWN
    again = client.post(f"/follow/{appeal.number}/withdraw/")
    assert again.status_code == 409


def test_anonymous_keeps_no_name_and_for_others_is_said(hubei: Town, client: Client) -> None:
    appeal, _code = send(client, hubei, anonymous="on", name="李梅", for_other="1")
    assert appeal.anonymous and appeal.reporter_name == "" and appeal.filed_for and appeal.text == TEXT
    assert "由他人代为反映" in client.get(f"/follow/{appeal.number}/").content.decode()


def test_the_suggested_type_can_be_left(hubei: Town, client: Client) -> None:
    token = write(client, hubei)
    assert "看起来属于：路灯照明" in client.get("/report/check/").content.decode()
    client.post("/report/check/", {"token": token})
    appeal = Appeal.objects.get()
    assert appeal.matter is None and appeal.suggestion["matter"] == hubei.matter("路灯照明").code


def test_pressing_twice_sends_once(hubei: Town, client: Client) -> None:
    token = write(client, hubei)
    draft = dict(client.session)
    first = client.post("/report/check/", {"token": token})
    page = client.get("/report/done/").content
    second = client.post("/report/check/", {"token": token})
    assert first["Location"] == second["Location"] == "/report/done/"
    twin = client.session  # the twin that was under way at the same time still has the draft
    twin.update(draft)
    twin.save()
    assert client.post("/report/check/", {"token": token})["Location"] == "/report/done/"
    assert Appeal.objects.count() == 1
    assert Done.objects.get().answer == Appeal.objects.get().number  # the secret code is not kept there
    assert re.findall(rb'class="number">([^<]+)', page) == re.findall(
        rb'class="number">([^<]+)', client.get("/report/done/").content
    )


def test_wrong_codes_are_not_found_and_then_stopped(hubei: Town, client: Client) -> None:
    receipt = hubei.file()
    number = receipt.appeal.number
    for turn in range(10):
        wrong = client.post("/follow/", {"number": number, "code": f"WRONG{turn}"})
        assert wrong.status_code == 404 and "编号或查询码不对" in wrong.content.decode()
    stopped = client.post("/follow/", {"number": number, "code": receipt.code})
    assert stopped.status_code == 429 and "分钟后再试" in stopped.content.decode()
    assert client.get(f"/f/{number}/{receipt.code}/").status_code == 429


def test_an_unknown_number_looks_like_a_wrong_code(hubei: Town, client: Client) -> None:
    known, unknown = hubei.file().appeal.number, "26010100000000"
    pages = [client.get(f"/f/{number}/ABCDEFGHJK/") for number in (known, unknown)]
    assert [page.status_code for page in pages] == [404, 404]
    doors = [client.get(f"/follow/{number}/") for number in (known, unknown)]
    assert [door["Location"] for door in doors] == [f"/follow/?number={known}", f"/follow/?number={unknown}"]


def test_full_width_and_spaced_input_opens(hubei: Town, client: Client) -> None:
    receipt = hubei.file()
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in receipt.appeal.number)
    code = f"{receipt.code[:5].lower()} {receipt.code[5:].lower()}"
    answer = client.post("/follow/", {"number": wide, "code": code})
    assert answer["Location"] == f"/follow/{receipt.appeal.number}/"


def test_a_code_opens_its_own_appeal_only(hubei: Town) -> None:
    client, appeal = opened(hubei)
    other = hubei.file("柳岸社区门口井盖坏了。", photos=((b"x", "image/jpeg", "a.jpg"),)).appeal
    row = Attachment.objects.get(subject=other.trail_key)
    assert client.get(f"/follow/{appeal.number}/").status_code == 200
    assert client.get(f"/follow/{other.number}/")["Location"] == f"/follow/?number={other.number}"
    assert client.post(f"/follow/{other.number}/withdraw/")["Location"].startswith("/follow/?")
    assert client.get(f"/follow/{appeal.number}/photo/{row.code}/").status_code == 404
    assert client.get(f"/follow/{other.number}/photo/{row.code}/").status_code == 404
    assert fresh(other).state == State.RECEIVED
    client.post("/follow/leave/")
    assert client.get(f"/follow/{appeal.number}/").status_code == 302


BAD = {
    "svg": (
        SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        "打不开或已损坏",
    ),
    "big": (SimpleUploadedFile("b.jpg", b"\xff\xd8" + b"0" * (11 * 1024 * 1024), "image/jpeg"), "超过 10 MB"),
    "broken": (SimpleUploadedFile("c.jpg", picture().read()[:200], "image/jpeg"), "打不开或已损坏"),
    "empty": (SimpleUploadedFile("d.jpg", b"", "image/jpeg"), "空文件"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_upload_is_explained_and_the_words_stay(hubei: Town, client: Client, name: str) -> None:
    upload, message = BAD[name]
    upload.seek(0)
    answer = client.post("/report/", {"text": TEXT, "photos": [picture("good.jpg"), upload]})
    page = answer.content.decode()
    assert answer.status_code == 422 and message in page and TEXT in page
    assert "good.jpg" in page and TEXT in client.get("/report/").content.decode()
    code = re.findall(r'name="remove" value="([0-9a-f]+)"', page)
    assert len(code) == 1
    assert client.get(f"/report/photo/{code[0]}/").status_code == 200
    assert Client().get(f"/report/photo/{code[0]}/").status_code == 404  # another visitor's browser
    client.post("/report/", {"text": TEXT, "remove": code[0]})
    assert client.get(f"/report/photo/{code[0]}/").status_code == 404


def test_a_fifth_photo_is_not_taken(hubei: Town, client: Client) -> None:
    answer = client.post("/report/", {"text": TEXT, "photos": [picture(f"p{n}.jpg") for n in range(5)]})
    assert answer.status_code == 422 and "最多 4 张" in answer.content.decode()
    token = write(client, hubei)
    client.post("/report/check/", {"token": token})
    assert Attachment.objects.count() == 4


def test_signs_that_nobody_sees_are_dropped(hubei: Town, client: Client) -> None:
    dirty = "路灯\x00坏了\u200b\u202e，\ud800很黑。"
    client.post("/report/", {"text": dirty.encode("utf-8", "surrogatepass")})
    client.post("/report/", {"text": "路灯\x00坏了\u200b\u202e，很黑。"})
    write(client, hubei, text="路灯\x00坏了\u200b\u202e，很黑。")
    token = token_in(client.get("/report/check/").content.decode())
    client.post("/report/check/", {"token": token})
    assert Appeal.objects.get().text == "路灯坏了，很黑。"
    assert client.post("/report/", {"text": "\u200b\x00 "}).status_code == 422
    long = client.post("/report/", {"text": "灯" * 5001})
    assert long.status_code == 422 and "现在有 5001 字" in long.content.decode()


def test_malformed_posts_never_break(hubei: Town, client: Client) -> None:
    client.post("/report/", {"text": TEXT})
    for place in ("", "999999", "42", "4299", "滨江", "\x00", "9" * 300):
        assert client.post("/report/where/", {"place": place}).status_code == 422, place
    assert client.get("/report/where/?county=滨江").status_code == 200
    assert client.get("/report/?place=滨江").status_code == 200
    client.post("/report/where/", {"place": hubei.community.code})
    assert client.post("/report/contact/", {"for_other": "7"}).status_code == 422
    assert client.post("/report/check/", {"token": "nobody's"}).status_code == 302
    assert client.get("/follow/滨江/").status_code == 302
    assert client.get("/f/滨江/x/").status_code == 404
    assert Appeal.objects.count() == 0


def test_back_and_forth_fifty_times_loses_nothing(hubei: Town, client: Client) -> None:
    write(client, hubei, name="李梅", contact="10000000002")
    seen = {
        "/report/": TEXT,
        "/report/where/": 'value="3 栋"',
        "/report/contact/": 'value="李梅"',
        "/report/check/": "10000000002",
    }
    steps = list(seen)
    for turn in range(50):
        step = steps[(turn * 3) % 4]
        assert seen[step] in client.get(step).content.decode(), (turn, step)
    client.post("/report/", {"text": TEXT + "请尽快。"})
    page = client.get("/report/check/").content.decode()
    assert "请尽快。" in page and "10000000002" in page and "3 栋" in page


def test_photos_can_be_added_later_with_or_without_words(town: Town) -> None:
    client, appeal = opened(town)
    handled(town, appeal)
    here = f"/follow/{appeal.number}/add/"
    appeals.ask_resident(by=town.department, appeal=fresh(appeal), question="请拍一张照片。")
    assert 'enctype="multipart/form-data"' in client.get(here).content.decode()

    nothing = client.post(here, {"text": " "})
    assert nothing.status_code == 422 and "请写下要补充的内容，或加上照片" in nothing.content.decode()
    broken = SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")
    wrong = client.post(here, {"text": "东侧那盏。", "photos": [broken]})
    assert wrong.status_code == 422 and "东侧那盏。" in wrong.content.decode() and fresh(appeal).waiting
    many = client.post(here, {"photos": [picture(f"{n}.jpg") for n in range(5)]})
    assert many.status_code == 422 and "照片最多 4 张" in many.content.decode()
    assert not Attachment.objects.filter(subject=appeal.trail_key).exists()

    assert client.post(here, {"photos": [picture("一.jpg"), picture("二.jpg")]}).status_code == 302
    assert client.post(here, {"text": "东侧那盏。", "photos": [picture("三.jpg")]}).status_code == 302
    assert not fresh(appeal).waiting
    assert [row.text for row in appeal.words.filter(from_resident=True)] == ["补充了 2 张照片。", "东侧那盏。"]
    rows = list(Attachment.objects.filter(subject=appeal.trail_key))
    assert len(rows) == 3 and rows[-1].code in client.get(f"/follow/{appeal.number}/").content.decode()
    last = trail.history(appeal).filter(verb="appeals.information_added").last()
    assert last is not None and last.facts == {"photos": 1}


def test_photos_of_one_appeal_are_bounded(hubei: Town) -> None:
    client, appeal = opened(hubei)
    for turn in range(5):
        answer = client.post(f"/follow/{appeal.number}/add/", {"photos": [picture(f"{n}.jpg") for n in range(4)]})
        assert answer.status_code == 302, turn
    full = client.post(f"/follow/{appeal.number}/add/", {"text": "还有一张", "photos": [picture()]})
    assert full.status_code == 422 and "最多留 20 张照片" in full.content.decode()
    assert Attachment.objects.filter(subject=appeal.trail_key).count() == 20


def test_steps_cannot_be_skipped(hubei: Town, client: Client) -> None:
    for step in ("where", "contact", "check"):
        assert client.get(f"/report/{step}/")["Location"] == "/report/"
    client.post("/report/", {"text": TEXT})
    assert client.get("/report/check/")["Location"] == "/report/where/"
    assert "没有回执可以显示" in client.get("/report/done/").content.decode()


def test_the_place_is_suggested_from_the_words_with_the_evidence(hubei: Town, client: Client) -> None:
    client.cookies["place"] = hubei.sibling.code
    client.post("/report/", {"text": TEXT})
    page = client.get("/report/where/").content.decode()
    assert "您写到“滨江社区”" in page and f'value="{hubei.community.code}" selected' in page
    client.post("/report/", {"text": "楼下路灯坏了。"})
    page = client.get("/report/where/").content.decode()
    assert f'value="{hubei.sibling.code}" selected' in page and "您写到" not in page


def test_the_code_on_a_door_fills_in_the_place(hubei: Town, client: Client) -> None:
    client.get(f"/report/?place={hubei.grid.code}")
    client.post("/report/", {"text": "楼下路灯坏了。"})
    page = client.get("/report/where/").content.decode()
    assert f'value="{hubei.grid.code}" selected' in page and "您扫了楼栋码" in page
    client.post("/report/where/", {"place": hubei.grid.code})
    client.post("/report/contact/", {})
    client.post("/report/check/", {"token": token_in(client.get("/report/check/").content.decode())})
    assert (Appeal.objects.get().channel, Appeal.objects.get().place_id) == ("qr", hubei.grid.code)


def test_danger_is_told_before_sending(hubei: Town, client: Client) -> None:
    write(client, hubei, text="滨江社区 5 栋楼道燃气泄漏，味道很大。")
    assert "请马上拨打 110、119 或 120" in client.get("/report/check/").content.decode()


def test_no_row_number_stands_in_an_address(hubei: Town) -> None:
    client, appeal = opened(hubei)
    handled(hubei, appeal)
    page = client.get(f"/follow/{appeal.number}/").content.decode()
    links = re.findall(r'(?:href|src|action)="(/(?:follow|report|f)/[^"]*)"', page)
    assert any(appeal.number in link for link in links)
    parts = {part for link in links for part in link.split("/") if part.isdigit()}
    assert parts == {appeal.number} and not appeal.number.endswith(str(appeal.pk).zfill(8))


def test_the_session_holds_no_words_in_clear(hubei: Town, client: Client) -> None:
    write(client, hubei, name="李梅", contact="10000000002")
    kept = str(dict(client.session))
    assert "李梅" not in kept and "10000000002" not in kept and "路灯" not in kept
    client.post("/report/clear/")
    assert "路灯坏了三天，晚上很黑。</textarea>" not in client.get("/report/").content.decode()


def test_photos_of_a_sent_draft_leave_no_copy(hubei: Town, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[Path] = []
    original = vars(Draft)["folder"].fget

    def noting(draft: Draft) -> Path:
        folders.append(original(draft))
        return folders[-1]

    monkeypatch.setattr(Draft, "folder", property(noting))
    send(client, hubei, photos=[picture()])
    assert folders and not any(folder.exists() for folder in folders)


def test_english_elder_and_contrast_pages_open(hubei: Town) -> None:
    client, appeal = opened(hubei)
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    client.post("/mode/", {"mode": "elder", "next": "/report/"})
    for url in ("/", "/report/", "/follow/", f"/follow/{appeal.number}/", f"/follow/{appeal.number}/add/"):
        page = client.get(url)
        assert page.status_code == 200 and 'data-mode="elder"' in page.content.decode(), url


def test_the_first_view_is_light(hubei: Town, client: Client) -> None:
    static = Path(settings.SITE_DIR) / "static"
    files = ("linli.css", "linli.js", "icons.svg", "mark.svg", "vendor/htmx.min.js")
    weight = sum(len(gzip.compress((static / name).read_bytes())) for name in files)
    for url in ("/", "/report/"):
        assert weight + len(gzip.compress(client.get(url).content)) <= 100 * 1024
