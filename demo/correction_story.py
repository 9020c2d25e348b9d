"""What was reported and corrected (检举与纠正的故事): one case to its published end, one on the way, one tolerated."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from demo.moving import Clock, Script
from demo.people import Town
from linli.areas.duties import actions as duties
from linli.areas.duties.models import Order, Report
from linli.commons.actor import RESIDENT

PUSHED = "街道打电话要求社区三天内报送商户台账，没有列入协助清单，也没有给人给钱（演示）。"
SLEPT = "小区二次供水问了两个月，说归别的部门，至今没有人来看（演示）。"


def scripts(town: Town, clock: Clock) -> list[Script]:
    """Both lines of a county."""
    return [corrected(town, clock), waiting(town, clock)]


def corrected(town: Town, clock: Clock) -> Script:
    """A street pushes work down, is ordered to stop, and does; it asks that the mistake be tolerated."""
    body, lead = town.ground.bodies[town.ground.county.streets[1].key], town.main["lead"]
    street = town.at(body.code)
    yield clock.ago(24, "09:40")
    report = duties.file_report(by=RESIDENT, respondent=body, breach="push_down", words=PUSHED, anonymous=True).report
    situation = duties.keep_situation(
        by=lead,
        place=town.ground.places["county"],
        text="先行先试中出现的程序疏漏，及时补正，没有造成损失（演示）",
        basis="县容错纠错办法第三条（演示）",
        from_on=timezone.localdate(),
    )
    yield clock.ago(23, "10:10")
    duties.accept_report(by=lead, report=report)
    yield clock.ago(21, "15:30")
    order = duties.order_correction(
        by=lead,
        report=report,
        text="停止向社区下派商户台账报送任务，已报送的由街道自行核对。",
        due_on=timezone.localdate() + timedelta(days=10),
    )
    yield clock.ago(20, "09:20")
    tolerance = duties.apply_tolerance(
        by=street, situation=situation, order=order, reason="试行网上报送时没有先走准入程序，发现当天已停（演示）。"
    )
    yield clock.ago(18, "11:00")
    duties.examine_tolerance(by=lead, tolerance=tolerance, opinion="情况属实，当天停止，没有造成损失。")
    yield clock.ago(16, "16:20")
    duties.decide_tolerance(
        by=town.main["province"], tolerance=tolerance, effect=Report.Effect.LIGHTER, decision="符合所列情形，仍须改正。"
    )
    yield clock.ago(15, "14:00")
    duties.answer_order(by=street, order=Order.objects.get(pk=order.pk), text="任务已撤回，台账由街道商务办核对。")
    yield clock.ago(13, "10:30")
    duties.judge_correction(by=lead, report=Report.objects.get(pk=report.pk), corrected=True, why="已到两个社区核实。")
    yield clock.ago(13, "10:50")
    duties.close_report(
        by=lead,
        report=Report.objects.get(pk=report.pk),
        outcome=Report.Outcome.CORRECTED,
        reply="经核实，该任务不在清单内，已经撤回。",
    )


def waiting(town: Town, clock: Clock) -> Script:
    """A department that does not come; the report is accepted and being looked into."""
    lead = town.main["lead"]
    yield clock.ago(4, "10:15")
    body = town.ground.bodies["housing"]
    report = duties.file_report(by=RESIDENT, respondent=body, breach="neglect", words=SLEPT).report
    yield clock.ago(3, "09:05")
    duties.accept_report(by=lead, report=report)
