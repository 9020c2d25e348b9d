"""Reports (检举): where they go by article, who is barred, what each step refuses, and what happens when nobody acts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from linli.areas.duties import actions as duties
from linli.areas.duties import queries
from linli.areas.duties.flow import REPORT, REPORT_OPEN, ReportState
from linli.areas.duties.models import Order, Report
from linli.commons.actor import RESIDENT
from linli.commons.models import Post
from linli.commons.roles import Role
from linli.commons.settings import set_setting
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotAllowed, NotVisible, RuleBroken, WrongState
from linli.kit.notices.models import Notice
from linli.kit.trail import Entry
from tests.cast import Town, person
from tests.cast import fresh as fresh_appeal

NAME, CONTACT = "金丝雀姓名", "10000009731"
WORDS = "金丝雀原话：九月三日街道打电话要求居委会三天内填完四张经济普查表"


def report(town: Town, on: str = "street", breach: str = "push_down", **more: Any) -> Report:
    given: dict[str, Any] = {"by": RESIDENT, "name": NAME, "contact": CONTACT, "words": WORDS, **more}
    return duties.file_report(respondent=town.bodies[on], breach=breach, **given).report


def again(row: Report) -> Report:
    return Report.objects.get(pk=row.pk)


def in_days(days: int) -> Any:
    return timezone.localdate() + timedelta(days=days)


def ordered(town: Town, **more: Any) -> tuple[Report, Order]:
    row = report(town, **more)
    duties.accept_report(by=town.lead, report=row)
    order = duties.order_correction(
        by=town.lead, report=row, text="停止向居委会派发统计报表，收回已派的表。", due_on=in_days(10)
    )
    return again(row), order


def overdue(row: Report, name: str) -> None:
    """Let a clock have run out an hour ago."""
    Clock.objects.filter(subject=row.trail_key, name=name, stopped_at=None).update(
        due_at=timezone.now() - timedelta(hours=1)
    )


def test_a_number_that_is_taken_is_drawn_again(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = report(hubei).number
    drawn = iter([taken, taken, "26112200000001"])
    monkeypatch.setattr("linli.areas.duties.actions.reports.new_number", lambda: next(drawn))
    row = report(hubei)
    assert row.number == "26112200000001" and Report.objects.count() == 2 and row.stages.count() == 1
    assert Entry.objects.filter(subject=row.trail_key).count() == 1


# ---------------------------------------------------------------- where a report goes


@pytest.mark.parametrize(
    ("on", "breach", "corrector", "desk", "at"),
    [
        ("street", "push_down", "same_government", "lead", "art_41__para_1"),
        ("urban_mgmt", "push_down", "same_government", "lead", "art_41__para_1"),
        ("lead", "push_down", "same_government", "provincial", "art_41__para_1"),
        ("urban_mgmt", "neglect", "competent", "lead", "art_42__para_1"),
        ("hotline", "complaint_ignored", "competent", "lead", "art_42__para_1"),
        ("committee", "neglect", "assembly", "street", "art_43__para_1"),
        ("committee", "worker", "two_committees", "street", "art_44__para_1"),
        ("grid", "worker", "two_committees", "street", "art_44__para_1"),
        ("property", "refused", "", "lead", ""),
    ],
)
def test_the_article_decides_who_corrects_in_hubei(
    hubei: Town, on: str, breach: str, corrector: str, desk: str, at: str
) -> None:
    row = report(hubei, on, breach)
    assert (row.corrector, row.desk) == (corrector, hubei.bodies[desk])
    assert queries.basis_of(row) == ((f"hubei.{at}",) if at else ())


@pytest.mark.parametrize(("on", "desk"), [("street", "lead"), ("committee", "lead"), ("lead", "provincial")])
def test_hunan_has_no_ladder_and_the_county_handles_what_the_draft_leaves_open(hunan: Town, on: str, desk: str) -> None:
    row = report(hunan, on, "neglect")
    assert (row.corrector, row.desk, row.liability) == ("", hunan.bodies[desk], "")
    assert queries.basis_of(row) == ()
    assert Entry.objects.get(verb="duties.report_filed").basis == []
    assert "按县设定" in queries.corrector_label(row.corrector)


def test_a_body_with_nobody_above_is_said_so_instead_of_losing_the_report(hubei: Town) -> None:
    Post.objects.filter(body=hubei.bodies["provincial"]).update(until_on=in_days(-1))
    with pytest.raises(BadInput, match="没有可以受理的上级单位"):
        report(hubei, "lead", "neglect")
    assert not Report.objects.exists()


def test_where_the_street_itself_may_not_act_the_ladder_starts_higher(hubei: Town) -> None:
    Post.objects.filter(body=hubei.bodies["street"]).update(until_on=in_days(-1))
    assert report(hubei, "committee", "neglect").desk == hubei.bodies["lead"]


# ---------------------------------------------------------------- filing


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"words": "短"}, "请写清楚"),
        ({"words": "长" * 5001}, "5000 字以内"),
        ({"breach": "sloth"}, "请选择反映的是哪一类"),
        ({"breach": "worker"}, "他所在的居"),
        ({"matter": "26010100000000"}, "没有这个编号的诉求"),
        ({"uploads": ((b"x", "image/png", "a.png"),) * 5}, "最多 4 份"),
        ({"contact": "1" * 61}, "联系方式请在 60 字以内"),
    ],
)
def test_filing_says_what_is_wrong_and_keeps_nothing(hubei: Town, more: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        report(hubei, **{"on": "street", **more})
    assert not Report.objects.exists() and not Notice.objects.exists()


def test_a_clerk_enters_for_somebody_but_not_against_the_own_body(hubei: Town) -> None:
    assert report(hubei, "street", by=hubei.committee).channel == "counter"
    with pytest.raises(BadInput, match="不能由您代录"):
        report(hubei, "street", by=hubei.street_desk)


def test_an_anonymous_report_keeps_no_name(hubei: Town) -> None:
    assert report(hubei, anonymous=True).name == ""


def test_words_name_and_contact_rest_encrypted(hubei: Town) -> None:
    row = report(hubei)
    assert row.words == WORDS
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT words, name, contact FROM duties_report")
        kept = cursor.fetchone()
    assert all(str(cell).startswith("a1:") for cell in kept)


def test_number_and_code_open_the_report_and_guessing_ends(hubei: Town) -> None:
    made = duties.file_report(by=RESIDENT, respondent=hubei.bodies["street"], breach="push_down", words=WORDS)
    assert queries.opened_report(made.report.number, made.code.lower(), caller="1") == made.report
    with pytest.raises(NotVisible, match="编号或查询码不对"):
        queries.opened_report(made.report.number, "2" * 10, caller="1")


def test_the_reporter_adds_and_takes_back(hubei: Town) -> None:
    row = report(hubei)
    duties.add_to_report(by=RESIDENT, report=row, text="第二天又来催。")
    with pytest.raises(BadInput, match="请写下要补充的内容"):
        duties.add_to_report(by=RESIDENT, report=row, text=" ")
    duties.withdraw_report(by=RESIDENT, report=row)
    assert again(row).state == ReportState.WITHDRAWN and not queries.clocks_of(row)
    with pytest.raises(WrongState, match="已结束"):
        duties.add_to_report(by=RESIDENT, report=row, text="还有一件事。")


# ---------------------------------------------------------------- conflict of interest


def test_only_the_desk_sees_and_handles(hubei: Town) -> None:
    row = report(hubei, "urban_mgmt", "neglect")
    for who in ("street_desk", "province", "department", "committee", "auditor"):
        assert not queries.reports_of(hubei.cast[who]).exists(), who
    with pytest.raises(NotAllowed):
        duties.accept_report(by=hubei.province, report=row)
    assert queries.report_seen(hubei.lead, row.number) == row


def test_whoever_works_in_the_body_reported_on_is_barred_in_every_other_post(hubei: Town) -> None:
    row = report(hubei, "urban_mgmt", "neglect")
    both = person("department42", "何静", hubei.bodies["lead"], Role.COUNTY)
    assert not queries.reports_of(both).exists()
    with pytest.raises(NotVisible):
        queries.report_seen(both, row.number)
    for run in (
        lambda: duties.accept_report(by=both, report=row),
        lambda: duties.reveal_reporter(by=both, report=row, reason="联系反映人"),
    ):
        with pytest.raises(NotAllowed, match="回避"):
            run()


def test_whoever_handled_the_matter_is_barred_and_a_colleague_is_not(hubei: Town) -> None:
    appeal = hubei.handling()
    from linli.areas.appeals import actions as appeals

    appeals.order_appeal(by=hubei.lead, appeal=fresh_appeal(appeal), text="请尽快办理")
    row = report(hubei, "urban_mgmt", "neglect", matter=appeal.number)
    colleague = person("second42", "罗丹", hubei.bodies["lead"], Role.COUNTY)
    assert not queries.reports_of(hubei.lead).exists()
    with pytest.raises(NotAllowed, match="您办过被反映的这件事"):
        duties.accept_report(by=hubei.lead, report=row)
    duties.accept_report(by=colleague, report=row)
    assert again(row).state == ReportState.ACCEPTED


def test_a_desk_whose_people_are_all_barred_passes_the_report_up(hubei: Town) -> None:
    appeal = hubei.handling()
    from linli.areas.appeals import actions as appeals

    appeals.order_appeal(by=hubei.lead, appeal=fresh_appeal(appeal), text="请尽快办理")
    row = report(hubei, "urban_mgmt", "neglect", matter=appeal.number)
    duties.pass_report_up(by=hubei.lead, report=row)
    assert (again(row).desk, again(row).state) == (hubei.bodies["provincial"], ReportState.ESCALATED)


def test_seeing_the_reporter_needs_a_reason_and_is_told_to_the_reporter(hubei: Town) -> None:
    row = report(hubei)
    with pytest.raises(BadInput):
        duties.reveal_reporter(by=hubei.lead, report=row, reason=" ")
    with pytest.raises(BadInput, match="反映人的信息或原话"):
        duties.reveal_reporter(by=hubei.lead, report=row, reason=f"联系{NAME}")
    assert duties.reveal_reporter(by=hubei.lead, report=row, reason="问清日期") == (NAME, CONTACT)
    seen = Entry.objects.get(verb="duties.reporter_viewed")
    assert (seen.note, seen.facts) == ("问清日期", {"role": Role.COUNTY})


# ---------------------------------------------------------------- the flow


def test_the_flow_ends_everywhere_and_every_open_state_has_a_way_on() -> None:
    ends = set(ReportState.values) - set(REPORT_OPEN)
    assert all(not REPORT.open_moves(state) for state in ends)
    assert all(REPORT.open_moves(state) for state in REPORT_OPEN)


def test_the_whole_story_from_report_to_published_outcome(town: Town) -> None:
    row, order = ordered(town)
    assert row.state == ReportState.ORDERED and order.body == town.bodies["street"]
    duties.answer_order(by=town.street_desk, order=order, text="表格已全部收回，今后不再下派。")
    duties.judge_correction(by=town.lead, report=row, corrected=True, why="已到社区核实")
    duties.close_report(by=town.lead, report=row, outcome="corrected", reply="经核实，已经改正。")
    row = again(row)
    assert (row.state, row.outcome) == (ReportState.CLOSED, "corrected") and row.published_at
    assert list(queries.published()) == [row] and not queries.clocks_of(row)
    entries = Entry.objects.filter(subject=row.trail_key).order_by("id")
    by_article = ["hubei.art_41__para_1"] if town.pack == "hubei" else []
    assert [entry.basis for entry in entries if entry.verb == "duties.correction_ordered"] == [by_article]
    assert [stage.how for stage in row.stages.all()] == ["ended"]


def test_each_step_refuses_what_it_must(hubei: Town) -> None:
    row = report(hubei)
    lead = hubei.lead
    with pytest.raises(WrongState):
        duties.order_correction(by=lead, report=row, text="请立即停止派发统计报表。", due_on=in_days(5))
    duties.accept_report(by=lead, report=row)
    with pytest.raises(BadInput, match="不是该单位的职责"):
        duties.accept_report(by=lead, report=row, duty="no_such_duty")
    with pytest.raises(WrongState):
        duties.accept_report(by=lead, report=row)
    for text, due, said in (
        ("短", in_days(5), "至少 10 个字"),
        ("请立即停止派发统计报表。", in_days(0), "晚于今天"),
        ("请立即停止派发统计报表。", in_days(400), "最长一年"),
        ("有人反映：九月三日街道打电话要求居委会三天内填完四张表", in_days(5), "原话"),
        (f"请向{NAME}道歉并停止派发报表。", in_days(5), "反映人的信息"),
    ):
        with pytest.raises(BadInput, match=said):
            duties.order_correction(by=lead, report=row, text=text, due_on=due)
    with pytest.raises(RuleBroken, match="与办理情况不符"):
        duties.close_report(by=lead, report=row, outcome="corrected", reply="已经改正。")
    with pytest.raises(RuleBroken, match="与办理情况不符"):
        duties.close_report(by=lead, report=row, outcome="exempt", reply="容错免责。")
    with pytest.raises(BadInput, match="给反映人的答复"):
        duties.close_report(by=lead, report=row, outcome="unfounded", reply="无")
    order = duties.order_correction(by=lead, report=row, text="请立即停止派发统计报表。", due_on=in_days(5))
    with pytest.raises(NotAllowed):
        duties.answer_order(by=hubei.department, order=order, text="表格已全部收回，今后不再下派。")
    with pytest.raises(BadInput):
        duties.answer_order(by=hubei.street_desk, order=order, text="好")
    duties.answer_order(by=hubei.street_desk, order=order, text="表格已全部收回，今后不再下派。")
    with pytest.raises(WrongState, match="已经反馈过"):
        duties.answer_order(by=hubei.street_desk, order=order, text="表格已全部收回，今后不再下派。")
    duties.judge_correction(by=lead, report=again(row), corrected=False, why="仍在派发")
    with pytest.raises(RuleBroken, match="上面还有一级"):
        duties.close_report(by=lead, report=again(row), outcome="uncorrected", reply="没有改正。")


def test_declining_and_referring_end_with_a_reason_for_the_reporter(hubei: Town) -> None:
    one, two = report(hubei), report(hubei)
    with pytest.raises(BadInput):
        duties.decline_report(by=hubei.lead, report=one, reply="不")
    duties.decline_report(by=hubei.lead, report=one, reply="属于信访事项，请向信访部门反映。")
    duties.refer_report(by=hubei.lead, report=two, organ="县统计局", reply="统计法另有规定。")
    assert (again(one).state, again(two).state) == (ReportState.DECLINED, ReportState.REFERRED)
    assert again(two).reply == "已转县统计局。统计法另有规定。"
    assert Entry.objects.get(verb="duties.report_referred").basis == ["hubei.art_40__para_1"]
    assert not queries.published().exists()


def test_a_report_is_handed_to_a_competent_desk_never_to_the_body_reported_on(hubei: Town) -> None:
    row = report(hubei)
    for to in ("street", "lead", "committee"):
        with pytest.raises(RuleBroken, match="不能转给"):
            duties.transfer_report(by=hubei.lead, report=row, to=hubei.bodies[to], reply="由该单位办理")
    duties.transfer_report(by=hubei.lead, report=row, to=hubei.bodies["provincial"], reply="由省里办理")
    assert again(row).desk == hubei.bodies["provincial"] and again(row).state == ReportState.FILED


def test_a_severe_case_is_handed_over_where_the_article_has_it(hubei: Town) -> None:
    row, order = ordered(hubei)
    duties.hand_over_report(by=hubei.lead, report=row, reply="情节严重，已移送监察机关。")
    row, order = again(row), Order.objects.get(pk=order.pk)
    assert (row.state, row.outcome, order.state) == (ReportState.HANDED, "handed", "superseded")
    entry = Entry.objects.get(verb="duties.handover_recorded")
    assert (entry.facts["organ"], entry.basis) == ("supervisory", ["hubei.art_41__para_1"])
    committee = report(hubei, "committee", "neglect")
    duties.accept_report(by=hubei.street_desk, report=committee)
    with pytest.raises(RuleBroken, match="没有写移送追究"):
        duties.hand_over_report(by=hubei.street_desk, report=committee, reply="情节严重，移送。")


def test_hunan_has_no_handing_over_of_its_own(hunan: Town) -> None:
    row = report(hunan)
    duties.accept_report(by=hunan.lead, report=row)
    with pytest.raises(RuleBroken, match="没有写移送追究"):
        duties.hand_over_report(by=hunan.lead, report=row, reply="情节严重，移送。")


def test_an_assembly_corrects_by_a_decision_that_is_named(hubei: Town) -> None:
    row = report(hubei, "committee", "neglect")
    desk = hubei.street_desk
    duties.accept_report(by=desk, report=row)
    told: dict[str, Any] = {"by": desk, "report": row, "text": "请公开本季度居务收支明细。", "due_on": in_days(7)}
    with pytest.raises(BadInput, match="居（村）民会议纠正：请写明"):
        duties.order_correction(**told)
    with pytest.raises(RuleBroken, match="没有写通报批评"):
        duties.order_correction(**told, resolution="居民会议 9 月 20 日决议", criticise=True)
    order = duties.order_correction(**told, resolution="居民会议 9 月 20 日决议")
    assert order.body == hubei.bodies["committee"]


def test_an_order_about_a_grids_worker_goes_to_the_committee(hubei: Town) -> None:
    row = report(hubei, "grid", "worker")
    duties.accept_report(by=hubei.street_desk, report=row)
    order = duties.order_correction(
        by=hubei.street_desk,
        report=row,
        text="请督促该网格按时走访。",
        due_on=in_days(7),
        resolution="两委会议纪要 3 号",
    )
    assert order.body == hubei.bodies["committee"]
    assert queries.shown_name(row) == "滨江街道辖区内一名社区工作者"


# ---------------------------------------------------------------- silence


def limits(town: Town) -> None:
    for key in ("duties.report_accept", "duties.report_handle", "duties.report_verify"):
        set_setting(by=town.lead, place=town.county, key=key, value={"amount": 5, "unit": "working_days"})


def test_without_a_limit_nothing_goes_up_by_itself(hubei: Town) -> None:
    row = report(hubei)
    assert [clock.due_at for clock in queries.clocks_of(row)] == [None]
    assert duties.escalate_due() == 0


def test_a_silent_desk_loses_the_report_to_the_next_one_and_never_sees_it_again(hubei: Town) -> None:
    limits(hubei)
    row = report(hubei, "committee", "neglect")
    overdue(row, "accept")
    assert duties.escalate_due() == 1 and duties.escalate_due() == 0
    row = again(row)
    assert (row.corrector, row.desk, row.state) == ("county", hubei.bodies["lead"], ReportState.ESCALATED)
    assert not queries.reports_of(hubei.street_desk).exists()
    assert [stage.how for stage in row.stages.all()] == ["silent", "now"]
    overdue(row, "accept")
    duties.escalate_due()
    assert (again(row).corrector, again(row).desk) == ("superior", hubei.bodies["provincial"])
    overdue(row, "accept")
    assert duties.escalate_due() == 1, "the end of the ladder is told once"
    assert duties.escalate_due() == 0 and Entry.objects.filter(verb="duties.ladder_ended").count() == 1


def test_a_silent_assembly_leaves_it_to_the_street_which_kept_the_record(hubei: Town) -> None:
    limits(hubei)
    row = report(hubei, "committee", "neglect")
    duties.accept_report(by=hubei.street_desk, report=row)
    overdue(row, "handle")
    duties.escalate_due()
    assert (again(row).corrector, again(row).desk) == ("township", hubei.bodies["street"])
    overdue(row, "accept")
    duties.escalate_due()
    assert (again(row).corrector, again(row).desk) == ("county", hubei.bodies["lead"])


def test_an_overdue_correction_comes_back_to_the_desk_and_a_desk_that_says_nothing_loses_it(hubei: Town) -> None:
    limits(hubei)
    row, order = ordered(hubei)
    overdue(row, "correct")
    assert duties.escalate_due() == 1
    assert [clock.name for clock in queries.clocks_of(row)] == ["verify"]
    assert again(row).state == ReportState.ORDERED
    overdue(row, "verify")
    duties.escalate_due()
    assert again(row).desk == hubei.bodies["provincial"]
    assert Order.objects.get(pk=order.pk).state == "superseded"


def test_a_correction_in_time_is_not_overdue(hubei: Town) -> None:
    limits(hubei)
    row, order = ordered(hubei)
    due = next(clock.due_at for clock in queries.clocks_of(row) if clock.name == "correct")
    assert due is not None and timezone.localdate(due) == order.due_on
    duties.answer_order(by=hubei.street_desk, order=order, text="表格已全部收回，今后不再下派。")
    assert [clock.name for clock in queries.clocks_of(row)] == ["verify"]


def test_a_limit_of_the_pack_holds_where_the_county_set_none(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from linli.areas.duties.actions import stepping
    from linli.law.load import load_pack
    from linli.law.types import DatedValue

    pack = load_pack("hubei")
    param = replace(pack.params["complaint_accept_within"], values=(DatedValue(3, None),))
    changed = replace(pack, params={**pack.params, "complaint_accept_within": param})
    monkeypatch.setattr(stepping, "load_pack", lambda id: changed)
    clock = queries.clocks_of(report(hubei))[0]
    assert (clock.amount, clock.unit) == (3, "working_days")


# ---------------------------------------------------------------- nothing leaks


def test_words_and_identity_stand_in_no_trail_notice_or_order(hubei: Town) -> None:
    row, order = ordered(hubei)
    duties.add_to_report(by=RESIDENT, report=row, text="金丝雀补充的话在这里")
    duties.answer_order(by=hubei.street_desk, order=order, text="表格已全部收回，今后不再下派。")
    kept = str([list(model.objects.values()) for model in (Entry, Notice, Order)])
    for secret in (NAME, CONTACT, "金丝雀"):
        assert secret not in kept
    told = str(list(Notice.objects.filter(body=hubei.bodies["street"].code).values()))
    assert row.number not in told, "the body reported on learns no number"
    before = Entry.objects.filter(subject=row.trail_key, verb__in=["duties.report_filed", "duties.report_accepted"])
    assert hubei.bodies["street"].code not in str(list(before.values("facts", "body", "changes")))


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("请停止派发报表", ""),
        ("滨江街道办事处三天内收回", ""),
        ("街道打电话，要求居委会三天内填", "街道打电话要求居委会三天"),
        ("联系10000009731核实", "10000009731"),
    ],
)
def test_a_leak_is_a_name_a_number_or_twelve_signs_in_a_row(text: str, gives: str) -> None:
    from linli.areas.duties.rules import leak

    assert leak(text, words=WORDS, secrets=(NAME, CONTACT, ""), known=("滨江街道办事处",)) == gives
