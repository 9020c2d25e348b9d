"""What a county sets itself, its calendar, its bodies and posts, and the trail for those who audit."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from linli.areas.mandates import actions as mandates
from linli.commons import people
from linli.commons.models import Body, CalendarDay, Post, Setting, User
from linli.commons.roles import Role
from linli.commons.settings import keys_at, limit_of, value_of
from linli.commons.workdays import calendar_of
from linli.kit.errors import BadInput, NotAllowed, RuleBroken
from linli.kit.trail import Entry
from linli.site.where import SUBJECTS, subject
from tests.cast import Town, elevated


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


def sign_in(client: Client, town: Town, who: str) -> Client:
    client.force_login(getattr(town, who).user)
    return client


# ---- settings


def left_open(town: Town) -> int:
    """How many things the draft leaves open; the rest has a visible default."""
    return sum(key.default is None for key in keys_at(town.county.code).values())


def test_every_setting_is_listed_and_starts_unset(town: Town, client: Client) -> None:
    said = text_of(sign_in(client, town, "lead").get("/work/settings/"))
    for key in keys_at(town.county.code).values():
        assert key.label in said
    assert f"{left_open(town)} 项中还有 {left_open(town)} 项未设" in said
    assert "默认 60 分钟" in said and "默认 720 分钟" in said


def test_a_limit_is_set_shown_with_its_source_and_taken_back(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    url = "/work/settings/appeals.handle/"
    given = {"amount": "7", "unit": "working_days", "source": "县府办 2026 年 3 号文", "do": "set"}
    said = text_of(client.post(url, given, follow=True))
    assert "“办理时限”已设为 7 个工作日" in said and "县府办 2026 年 3 号文" in said
    assert limit_of("appeals.handle", town.community.code).amount == 7
    said = text_of(client.get(url))
    assert "未设 → 7 个工作日" in said and town.lead.label in said
    client.post(url, {"do": "unset"})
    assert value_of("appeals.handle", town.county.code) is None
    assert Entry.objects.filter(verb="commons.limit_set").count() == 2
    assert "7 个工作日 → 未设" in text_of(client.get(url))


def test_a_switch_and_a_number_are_set(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    client.post("/work/settings/mandates.gate_all/", {"on": "yes"})
    client.post("/work/settings/appeals.max_hops/", {"amount": "0"})
    assert value_of("mandates.gate_all", town.county.code) is True
    assert value_of("appeals.max_hops", town.county.code) == 0
    said = text_of(client.get("/work/settings/"))
    assert f"还有 {left_open(town) - 2} 项未设" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"amount": "", "unit": "days"}, "请填写数量"),
        ({"amount": "七", "unit": "days"}, "请填写整数"),
        ({"amount": "0", "unit": "days"}, "1 到 1000 的整数"),
        ({"amount": "9" * 30, "unit": "days"}, "1 到 1000 的整数"),
        ({"amount": "5", "unit": "weeks"}, "weeks"),
    ],
)
def test_a_wrong_value_is_refused_and_what_was_typed_stays(
    town: Town, client: Client, given: dict[str, str], said: str
) -> None:
    answer = sign_in(client, town, "lead").post("/work/settings/appeals.handle/", {**given, "source": "会议纪要"})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "会议纪要" in answer.content.decode()
    assert not Setting.objects.exists()


def test_a_preset_shows_what_it_would_change_before_it_does(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    url = "/work/settings/presets/shandong/"
    said = text_of(client.get(url))
    assert "办理时限 未设 5 个工作日" in said and "山东省政务服务热线办法" in said
    assert not Setting.objects.exists()
    client.post(url, {"do": "apply"})
    assert limit_of("appeals.handle", town.county.code).amount == 5
    assert Setting.objects.count() == 3
    assert "5 个工作日 （不变）" in text_of(client.get(url))


def test_a_number_that_the_draft_leaves_open_is_set_in_its_own_unit(hubei: Town, client: Client) -> None:
    sign_in(client, hubei, "lead")
    said = text_of(client.get("/work/settings/law.committee_drill_every/"))
    assert "数量（个月）" in said and "湖北草案第三十二条第二款没有写数" in said
    assert "1 到 1000 的整数" in text_of(client.post("/work/settings/law.committee_drill_every/", {"amount": "0"}))
    given = {"amount": "6", "source": "县府办 2026 年 3 号文"}
    said = text_of(client.post("/work/settings/law.committee_drill_every/", given, follow=True))
    assert "已设为 6 个月" in said and value_of("law.committee_drill_every", hubei.community.code) == 6
    assert client.get("/work/settings/law.medical_round_every/").status_code == 404, "that is another province's"


@pytest.mark.parametrize(
    "url", ["/work/settings/appeals.nothing/", "/work/settings/law.nothing/", "/work/settings/presets/mars/"]
)
def test_an_unknown_setting_is_not_found(town: Town, client: Client, url: str) -> None:
    assert sign_in(client, town, "lead").get(url).status_code == 404
    assert client.post(url, {"amount": "1"}).status_code == 404


# ---- calendar


def test_a_year_shows_its_days_off_and_an_uncovered_one_warns(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    said = text_of(client.get("/work/calendar/", {"year": "2026"}))
    assert "国庆节" in said and "还没有录入" not in said
    plain = text_of(client.get("/work/calendar/", {"year": "2050"}))
    assert "2050 年的放假安排还没有录入" in plain
    for year in ("1900", "9999"):
        assert client.get("/work/calendar/", {"year": year}).status_code == 404
    assert client.get("/work/calendar/", {"year": "二〇二六"}).status_code == 200


def test_the_county_sets_a_day_and_limits_follow(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    given = {"day": "2050-03-01", "working": "off", "name": "县庆"}
    assert client.post("/work/calendar/days/new/", given).status_code == 302
    assert not calendar_of(town.community.code).calendar.is_working(date(2050, 3, 1))
    assert calendar_of("999999").calendar.is_working(date(2050, 3, 1))
    said = text_of(client.get("/work/calendar/", {"year": "2050"}))
    assert "1 日 县庆 （本县）" in said
    client.post("/work/calendar/days/new/", {**given, "working": "on"})
    assert calendar_of(town.community.code).calendar.is_working(date(2050, 3, 1))
    last = Entry.objects.filter(verb="commons.day_set").latest("id")
    assert last.changes == {"2050-03-01": [False, True]}


def test_a_day_set_by_mistake_is_taken_back(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    client.post("/work/calendar/days/new/", {"day": "2050-03-01", "working": "off", "name": "县庆"})
    page = client.get("/work/calendar/days/").content.decode()
    assert "/work/calendar/days/2050-03-01/end/" in page and "删除</a>" in page
    asked = text_of(client.get("/work/calendar/days/2050-03-01/end/"))
    assert "删除：2050-03-01 放假 县庆" in asked and "已经在走的到期日不变" in asked
    assert "已删除。" in text_of(client.post("/work/calendar/days/2050-03-01/end/", follow=True))
    assert calendar_of(town.community.code).calendar.is_working(date(2050, 3, 1))
    assert Entry.objects.get(verb="commons.day_cleared").changes == {"2050-03-01": [False, None]}
    assert client.post("/work/calendar/days/2050-03-01/end/").status_code == 404


def test_a_county_does_not_see_or_move_the_days_of_another(town: Town, client: Client) -> None:
    CalendarDay.objects.create(place="999999", day=date(2050, 3, 2), working=False, name="别县的日子")
    assert "别县的日子" not in text_of(sign_in(client, town, "lead").get("/work/calendar/days/"))


# ---- bodies


def test_a_body_is_added_corrected_and_dissolved(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    code = f"{town.county.code}-water"
    given = {
        "code": code,
        "name": "县自来水公司",
        "kind": "utility",
        "place": town.county.name,
        "phone": "000-0000-0001",
    }
    assert client.post("/work/bodies/new/", given).status_code == 302
    assert client.post(f"/work/bodies/{code}/change/", {"name": "县供水公司", "duty": "water"}).status_code == 302
    body = Body.objects.get(code=code)
    assert (body.name, body.duty, body.phone) == ("县供水公司", "water", "")
    assert client.post(f"/work/bodies/{code}/end/", {}).status_code == 302
    body.refresh_from_db()
    assert body.ended_on == timezone.localdate()
    verbs = list(Entry.objects.filter(subject=f"body:{code}").values_list("verb", flat=True))
    assert verbs == ["commons.body_added", "commons.body_changed", "commons.body_ended"]
    assert client.post(f"/work/bodies/{code}/end/", {}).status_code == 422


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "committee"}, "不能设在"),
        ({"place": "没有的地方"}, "没有“没有的地方”"),
        ({"code": "x"}, "机构代码以数字开头"),
        ({"name": "民政局"}, "已有名为“民政局”"),
        ({"kind": "circus"}, "没有这个类别"),
    ],
)
def test_a_wrong_body_is_refused(town: Town, client: Client, change: dict[str, str], said: str) -> None:
    given = {"code": f"{town.county.code}-x", "name": "某局", "kind": "department", "place": town.county.code} | change
    answer = sign_in(client, town, "lead").post("/work/bodies/new/", given)
    assert answer.status_code == 422 and said in text_of(answer)


def test_a_place_outside_ones_own_is_not_known(town: Town, client: Client) -> None:
    given = {"code": "999-x", "name": "某局", "kind": "department", "place": town.bodies["other"].place_id}
    assert "您管辖范围内没有" in text_of(sign_in(client, town, "lead").post("/work/bodies/new/", given))


def test_a_body_with_open_work_is_not_dissolved(town: Town) -> None:
    town.handling()
    with pytest.raises(RuleBroken, match="还有 1 件事在办"):
        people.end_body(by=town.lead, body=town.bodies["urban_mgmt"])
    with pytest.raises(RuleBroken, match="自己所在的机构"):
        people.end_body(by=town.lead, body=town.bodies["lead"])


def test_bodies_of_another_county_are_not_found(town: Town, client: Client) -> None:
    code = town.bodies["other"].code
    sign_in(client, town, "lead")
    assert code not in client.get("/work/bodies/").content.decode()
    for url in (f"/work/bodies/{code}/", f"/work/bodies/{code}/change/", f"/work/bodies/{code}/end/"):
        assert client.get(url).status_code == 404
        assert client.post(url, {"name": "夺取"}).status_code == 404


# ---- people and posts


def test_a_post_ends_and_bites_at_once(town: Town, client: Client) -> None:
    post = town.street_desk.post
    assert post is not None
    url = f"/work/bodies/{post.body_id}/posts/{post.pk}/"
    yesterday = timezone.localdate() - timedelta(days=1)
    post.from_on = yesterday - timedelta(days=30)
    post.save()
    worker = Client()
    worker.force_login(post.user)
    assert worker.get("/work/bodies/").status_code in (200, 404)
    elevated(sign_in(client, town, "admin"))
    assert client.post(url, {"last_day": "很久以后", "do": "end"}).status_code == 422
    assert client.post(url, {"last_day": yesterday.isoformat(), "do": "end"}).status_code == 302
    assert worker.get("/work/bodies/").status_code == 302
    assert Entry.objects.get(verb="commons.post_ended").facts["user"] == f"user:{post.user_id}"
    again = people.appoint(by=town.admin, body=post.body, user=post.user, role=Role.STREET)
    assert again.pk == post.pk and again.until_on is None


def test_nobody_appoints_ends_or_resets_themselves(town: Town) -> None:
    admin = town.admin
    assert admin.user is not None and admin.post is not None
    lead = town.bodies["lead"]
    with pytest.raises(RuleBroken, match="不能给自己"):
        people.appoint(by=admin, body=lead, user=admin.user, role=Role.COUNTY)
    with pytest.raises(RuleBroken, match="不能给自己"):
        people.end_post(by=admin, body=lead, post=admin.post, last_day=timezone.localdate())
    with pytest.raises(RuleBroken, match="不能给自己"):
        people.issue_password_reset(by=admin, body=lead, post=admin.post)
    assert Entry.objects.filter(verb="commons.refused").count() == 3


def test_an_administrator_reaches_no_further_than_the_own_county(town: Town) -> None:
    user = User.objects.create_user("fresh", "新人")
    for body in ("other", "provincial"):
        with pytest.raises(NotAllowed):
            people.appoint(by=town.admin, body=town.bodies[body], user=user, role=Role.DEPARTMENT)
    boss = town.province.user
    assert boss is not None
    post = people.appoint(by=town.admin, body=town.bodies["lead"], user=boss, role=Role.COUNTY)
    with pytest.raises(RuleBroken, match="管辖范围以外还有岗位"):
        people.issue_password_reset(by=town.admin, body=town.bodies["lead"], post=post)
    with pytest.raises(BadInput, match="不能设这个岗位"):
        people.appoint(by=town.admin, body=town.bodies["committee"], user=user, role=Role.PROVINCE)


def test_the_county_lead_sees_posts_but_cannot_appoint(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    url = f"/work/bodies/{town.bodies['street'].code}/"
    assert "新增任职" not in text_of(client.get(url))
    assert client.post(url, {"username": "mole", "name": "某人", "role": "street"}).status_code == 403
    assert not User.objects.filter(username="mole").exists()


# ---- the trail


def test_an_auditor_reads_filters_and_exports_the_trail(town: Town, client: Client) -> None:
    town.handling()
    sign_in(client, town, "auditor")
    said = text_of(client.get("/work/trail/", {"verb": "appeals.dispatched"}))
    assert "1 条留痕" in said and "分派诉求" in said
    answer = client.get("/work/trail/", {"as": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode().lstrip("\ufeff"), newline="")))  # type: ignore[attr-defined]
    assert len(rows) - 1 == Entry.objects.filter(place__startswith=town.county.code).count()
    for bad in ({"since": "昨天"}, {"before": "9" * 40}, {"before": "x"}):
        assert client.get("/work/trail/", bad).status_code in (200, 422)


def test_the_chain_is_checked_and_a_tampered_one_is_told(town: Town, client: Client) -> None:
    town.handling()
    sign_in(client, town, "auditor")
    assert "链条核对通过" in text_of(client.get("/work/trail/", {"verify": "1"}))
    first = Entry.objects.filter(place__startswith=town.county.code).earliest("id")
    Entry.objects.filter(pk=first.pk).update(note="改过")
    said = text_of(client.get("/work/trail/", {"verify": "1"}))
    assert f"单元 {first.unit} 第 {first.seq} 条：内容被改动" in said


def test_the_trail_names_its_subjects_and_links_what_the_reader_may_open(town: Town) -> None:
    appeal = town.file().appeal
    named = subject(appeal.trail_key, town.hotline)
    assert (named.label, named.url) == (f"诉求 {appeal.number}", f"/work/appeals/{appeal.number}/")
    assert subject(appeal.trail_key, town.auditor).url == ""
    assert (
        subject(f"setting:{town.county.code}:appeals.handle", town.auditor).label
        == f"设定 办理时限（{town.county.code}）"
    )
    assert subject("day:420101:2050-03-01", town.auditor).label == "日历 2050-03-01"
    assert subject("sign_in", town.auditor).label == "sign_in"


def test_a_slip_is_found_in_the_trail_by_its_printed_number(town: Town, client: Client) -> None:
    with pytest.raises(RuleBroken) as refused:
        mandates.ask_proof(by=town.department, body=town.bodies["committee"], title="无犯罪证明")
    sign_in(client, town, "auditor")
    assert "1 条留痕" in text_of(client.get("/work/trail/", {"q": refused.value.facts["slip"]}))


def test_every_kind_of_subject_has_a_word() -> None:
    keys = {
        found[1]
        for path in (Path(people.__file__).parents[1]).rglob("models.py")
        for found in re.finditer(r'return f"([a-z]+):\{', path.read_text(encoding="utf-8"))
    }
    assert keys and keys <= SUBJECTS.keys(), "name these in site/where.py, else the trail shows a bare key"


def test_the_trail_of_another_county_stays_there(town: Town, client: Client) -> None:
    town.handling()
    other = Post.objects.create(
        user=User.objects.create_user("fo", "外审"), body=town.bodies["other"], role=Role.AUDITOR
    )
    client.force_login(other.user)
    assert "0 条留痕" in text_of(client.get("/work/trail/"))


PAGES = {
    "/work/settings/": {"lead"},
    "/work/settings/appeals.handle/": {"lead"},
    "/work/settings/presets/beijing/": {"lead"},
    "/work/settings/texts/": {"lead", "admin", "province"},
    "/work/calendar/": {"lead", "province"},
    "/work/calendar/days/": {"lead", "province"},
    "/work/bodies/": {"lead", "admin", "security"},
    "/work/accounts/": {"admin", "security"},
    "/work/sign-ins/": {"security"},
    "/work/me/elevate/": {"admin", "security"},
    "/work/trail/": {"auditor"},
}


@pytest.mark.parametrize("url", PAGES)
def test_each_page_opens_for_whom_it_is_meant_and_for_nobody_else(hubei: Town, client: Client, url: str) -> None:
    assert client.get(url).status_code == 302
    for who, person in hubei.cast.items():
        if person.user is not None:
            client.force_login(person.user)
            assert client.get(url).status_code == (200 if who in PAGES[url] else 404), who


def test_days_and_bodies_are_imported_whole_or_not_at_all(town: Town, client: Client) -> None:
    sign_in(client, town, "lead")
    good = "日期,放假或上班,名称\n2050-01-03,放假,元旦\n2050-01-08,上班,元旦调休上班\n"
    bad = good + "2050-13-01,放假,没有的日子\n2050-01-09,休息,\n"
    url = "/work/calendar/days/import/"
    answer = client.post(url, {"file": SimpleUploadedFile("d.csv", bad.encode())})
    said = text_of(answer)
    assert answer.status_code == 422
    assert "第 4 行，日期：日期看不懂" in said and "第 5 行，放假或上班：请填“放假”或“上班”" in said
    assert not CalendarDay.objects.filter(place=town.county.code).exists()
    client.post(url, {"file": SimpleUploadedFile("d.csv", good.encode("gb18030"))})
    assert CalendarDay.objects.filter(place=town.county.code).count() == 2
    rows = (
        "机构代码,名称,类别,管辖范围\n"
        f"{town.county.code}-a,甲局,政府部门,{town.county.code}\n{town.county.code}-a,乙局,政府部门,{town.county.code}\n"
    )
    answer = client.post("/work/bodies/import/", {"file": SimpleUploadedFile("b.csv", rows.encode())})
    assert "第 3 行，机构代码" in text_of(answer) and "已经用过" in text_of(answer)
    assert not Body.objects.filter(name="甲局").exists()
    assert not Entry.objects.filter(verb="commons.body_added").exists()
