"""The county's own story beside the appeals (事项清单的故事): settings, lists, admissions, grounds, tasks, proofs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from demo import lists
from demo.moving import Clock, Script
from demo.people import Town
from linli.areas.mandates import actions as mandates
from linli.areas.mandates.models import Admission, Ground, Matter
from linli.commons.settings import apply_preset, set_setting
from linli.kit.errors import RuleBroken

OWN = {
    "hb": {
        "appeals.contact": (1, "working_days"),
        "appeals.accept": (4, "working_hours"),
        "appeals.dispatch": (8, "working_hours"),
        "appeals.dispatch_danger": (1, "hours"),
        "appeals.case": (10, "working_days"),
        "appeals.rule_objection": (16, "working_hours"),
        "appeals.callback": (5, "working_days"),
        "appeals.callback_wait": (5, "working_days"),
        "appeals.reopen": (30, "days"),
        "appeals.up_to_street": (3, "working_days"),
        "mandates.apply_ahead": (10, "working_days"),
        "mandates.decide_admission": (15, "working_days"),
    },
    "hn": {
        "appeals.contact": (1, "working_days"),
        "appeals.dispatch_danger": (1, "hours"),
        "appeals.handle": (7, "working_days"),
        "appeals.objection": (2, "working_days"),
        "appeals.extension_max": (5, "working_days"),
        "mandates.decide_admission": (20, "working_days"),
    },
}
"""Hubei takes a preset and completes it; Hunan sets little, so that its pages show 未设时限."""


def settings_and_lists(town: Town, clock: Clock) -> Script:
    """First day: limits and all lists; later a second version of two of them."""
    county, lead = town.ground.places["county"], town.main["lead"]
    prefix = town.ground.county.prefix
    yield clock.ago(55, "09:00")
    if prefix == "hb":
        apply_preset(by=lead, place=county, preset="shandong")
        set_setting(by=lead, place=county, key="appeals.max_hops", value=2, source="县政府办公室通知（演示）")
    else:
        set_setting(
            by=lead, place=county, key="mandates.gate_all", value=True, source="县委社区治理领导小组纪要（演示）"
        )
    for key, (amount, unit) in OWN[prefix].items():
        set_setting(
            by=lead, place=county, key=key, value={"amount": amount, "unit": unit}, source="县政府办公室通知（演示）"
        )
    yield clock.ago(54, "09:30")
    lists.publish_lists(town)
    yield clock.ago(12, "10:00")
    lists.revise_grid_list(town)
    yield clock.ago(4, "15:00")
    lists.draft_self_list(town)


WISHES = {
    "market": ("餐饮店主消防知识上门宣讲", "publicise"),
    "education": ("学区内适龄儿童入户登记", "visit"),
    "health": ("老年人流感疫苗接种动员", "organise"),
    "agriculture": ("农户秋种面积入户核对", "visit"),
    "housing": ("自建房安全隐患入户排查", "visit"),
    "environment": ("居民节能减排问卷调查", "visit"),
    "culture": ("全民阅读打卡组织", "organise"),
}
"""Applicant, task and role; the state of each is decided below."""


def admission(town: Town, clock: Clock, key: str, days: int, end: str) -> Script:
    """One application, brought to the state named by `end`."""
    lead = town.main["lead"]
    yield clock.ago(days, "09:40")
    row = _apply(town, key)
    if end == "applied":
        return
    yield clock.ago(days - 2, "10:20")
    mandates.review_admission(
        by=lead,
        admission=_again(row),
        opinion="已核对社区现有负担。事项确需入户，工时偏多，建议缩短期限。"
        if end != "refused"
        else "属部门自身职责，社区无力承担。",
    )
    if end == "reviewed":
        return
    yield clock.ago(days - 3, "15:10")
    if end == "refused":
        mandates.refuse_admission(
            by=lead, admission=_again(row), why="问卷可在网上进行，不需要社区入户；请改为线上或购买服务。"
        )
        return
    last = timezone.localdate(clock.end) if end != "expired" else clock.days[days - 8]
    mandates.approve_admission(
        by=lead,
        admission=_again(row),
        term_from=timezone.localdate(),
        term_to=last + timedelta(days=90 if end != "expired" else 0),
        why="依据明确、经费落实，同意在期限内准入，每月工时不得超过申请数。",
    )
    if end == "approved":
        return
    yield clock.ago(days - 4, "09:15")
    mandates.publish_admission(by=lead, admission=_again(row))
    if end == "withdrawn":
        yield clock.ago(days - 9, "11:00")
        mandates.withdraw_admission(by=lead, admission=_again(row), why="经费未按承诺拨付，社区集中反映，予以退出。")


def _apply(town: Town, key: str) -> Admission:
    title, role = WISHES[key]
    today = timezone.localdate()
    return mandates.apply_admission(
        by=town.at(town.ground.bodies[key].code),
        place=town.ground.places["county"],
        title=title,
        basis="上级主管部门年度工作要点（演示）",
        reason="需要熟悉住户情况的人员引导，部门人员不足以逐户联系。",
        role=role,
        frequency="每月一次",
        hours=Decimal("6.5"),
        money=Decimal("1200"),
        guidance="集中培训一次，配发操作手册，设联系人答疑",
        conditions="配备登记终端，按户给付误工补贴",
        wanted_from=today + timedelta(days=30),
        wanted_to=today + timedelta(days=180),
    )


def _again(row: Admission) -> Admission:
    return Admission.objects.get(pk=row.pk)


def grounds(town: Town, clock: Clock, found: dict[str, Ground]) -> Script:
    """Orders, own decisions, exceptions: what may burden a committee or a grid beside the lists."""
    places, lead = town.ground.places, town.main["lead"]
    if town.ground.county.prefix == "hb":
        yield clock.ago(28, "07:30")
        found["order"] = mandates.open_ground(
            by=lead,
            place=places["fengyan"],
            kind=Ground.Kind.EMERGENCY_ORDER,
            ref=f"江岭县防汛应急命令〔{timezone.localdate().year}〕3 号（演示）",
            valid_to=timezone.now() + timedelta(days=30),
        )
        yield clock.ago(20, "12:00")
        mandates.close_ground(by=lead, ground=found["order"], why="水位退到警戒线以下，应急响应终止")
        yield clock.ago(2, "08:00")
        mandates.open_ground(
            by=lead,
            place=places["county"],
            kind=Ground.Kind.EMERGENCY_ORDER,
            ref=f"江岭县低温雨雪应急命令〔{timezone.localdate().year}〕7 号（演示）",
            valid_to=timezone.now() + timedelta(days=12),
        )
        mandates.open_ground(
            by=lead,
            place=places["county"],
            kind=Ground.Kind.SAFETY_RULE,
            ref="发现险情先行设置警示标志的规定（演示）",
            matter=Matter.objects.get(name="坍塌倒塌"),
        )
    else:
        yield clock.ago(17, "08:40")
        mandates.approve_exception(
            by=lead,
            place=places["taixi"],
            ref="枯水期缺水户登记送水（演示）",
            matter=Matter.objects.get(name="农村饮水"),
            valid_to=clock.end + timedelta(days=25),
        )
        mandates.approve_exception(
            by=lead,
            place=places["taixi"],
            ref="垃圾中转点调整期间临时值守（演示）",
            matter=Matter.objects.get(name="垃圾清运"),
            valid_to=clock.ago(9, "18:00"),
        )


def own_decision(town: Town, clock: Clock, key: str, matter: str) -> Script:
    """A committee takes something on by its own decision."""
    yield clock.ago(9, "16:00")
    mandates.decide_own(
        by=town.at(town.ground.bodies[key].code),
        place=town.ground.places[key],
        ref=f"居民会议{timezone.localdate().year}年第 2 次会议决议（演示）",
        matter=Matter.objects.get(name=matter),
    )


def tasks(town: Town, clock: Clock, home: str) -> Script:
    """Tasks that are no appeals: two lawful ones, and three attempts of other bodies that the gate stops."""
    bodies = town.ground.bodies
    street = next(b for b in bodies.values() if b.kind == "street" and bodies[home].place_id.startswith(b.place_id))
    yield clock.ago(15, "10:30")
    done = mandates.assign_task(
        by=town.at(street.code),
        to=bodies[home],
        title="走访独居老人并更新联系表",
        text="按协助事项清单，请在两周内联系一遍。",
        matter=Matter.objects.get(name="独居老人"),
        role="contact",
        guidance="民政局养老服务股每周三答疑",
        conditions="配发慰问物资三十份，通讯补贴每月五十元",
        funds=Decimal("1500"),
    )
    yield clock.ago(11, "09:50")
    mandates.finish_task(by=town.at(bodies[home].code), task=done, note="已联系四十一位老人，两位需家庭照护，已转介。")
    yield clock.ago(3, "14:10")
    mandates.assign_task(
        by=town.at(bodies["health"].code),
        to=bodies[home],
        title="通知适龄儿童补种疫苗",
        text="名单已密封送达，请电话通知家长。",
        matter=Matter.objects.get(name="疾病防控与接种"),
        role="organise",
        guidance="卫生服务中心指派专人现场指导",
        conditions="由卫生服务中心提供场地和人员，社区只负责通知",
    )
    for days, at, sender, to, title, matter in (
        (13, "15:30", "market", home, "登记辖区商户营业执照信息", "无照经营"),
        (6, "09:30", "education", home, "统计培训机构学生人数", "校外培训"),
        (5, "16:10", "transport", f"{home}-W1", "上报共享单车每日停放数量", "交通秩序与信号"),
        (2, "11:15", "street", home, "代收沿街门店卫生管理费", "市容环境卫生"),
    ):
        yield clock.ago(days, at)
        by = street if sender == "street" else bodies[sender]
        try:
            mandates.assign_task(
                by=town.at(by.code),
                to=bodies[to],
                title=title,
                text="请于本周内报送。",
                matter=Matter.objects.get(name=matter),
            )
        except RuleBroken as refusal:
            assert refusal.code == "off_list", refusal.message
        else:
            raise AssertionError(f"关口放行了不该放行的任务：{title}")


def proofs(town: Town, clock: Clock, home: str) -> Script:
    """Proofs with and without a listed basis."""
    bodies = town.ground.bodies
    worker = town.at(bodies[home].code)
    yield clock.ago(10, "10:10")
    mandates.issue_proof(
        by=worker,
        body=bodies[home],
        title="居民在本社区居住情况（用于申请公共租赁住房）",
        requester=bodies["housing"].name,
        person="演示居民",
        content="该居民自去年三月起在本社区居住，情况属实。",
    )
    for days, sender, title in ((8, "education", "家庭经济情况一般证明"), (3, "police", "无犯罪行为证明")):
        yield clock.ago(days, "15:45")
        try:
            mandates.ask_proof(by=town.at(bodies[sender].code), body=bodies[home], title=title)
        except RuleBroken as refusal:
            assert refusal.code == "proof_off_list", refusal.message
        else:
            raise AssertionError(f"没有依据的证明被放行：{title}")


def purchases(town: Town, clock: Clock, home: str) -> Script:
    """Services asked for instead of burdening the committee: one agreed, one waiting."""
    bodies, place = town.ground.bodies, town.ground.places[home]
    worker = town.at(bodies[home].code)
    yield clock.ago(9, "10:45")
    first = mandates.request_purchase(
        by=worker,
        place=place,
        title="重阳节助浴服务二十人次",
        need="社区没有专业护理人员，请购买社会组织服务。",
        amount=Decimal("6000"),
    )
    yield clock.ago(6, "14:20")
    mandates.answer_purchase(
        by=town.main["lead"], request=first, agree=True, answer="列入本季度购买服务计划，由社会组织承接。"
    )
    yield clock.ago(1, "15:20")
    mandates.request_purchase(
        by=worker,
        place=place,
        title="商户信息采集外包",
        need="部门要求的商户登记不在清单内，建议由部门购买服务完成。",
        amount=Decimal("8500"),
    )


def scripts(town: Town, clock: Clock, found: dict[str, Ground]) -> list[Script]:
    """Every line of this story for one county."""
    home = "tingchao" if town.ground.county.prefix == "hb" else "liuting"
    own = ("tingchao", "小区停车") if town.ground.county.prefix == "hb" else ("zhaoge", "文化体育设施")
    ends = (
        ("market", 6, "applied"),
        ("education", 9, "reviewed"),
        ("culture", 10, "approved"),
        ("health", 30, "published"),
        ("environment", 18, "refused"),
        ("agriculture", 35, "withdrawn"),
        ("housing", 45, "expired"),
    )
    return [
        settings_and_lists(town, clock),
        grounds(town, clock, found),
        own_decision(town, clock, *own),
        tasks(town, clock, home),
        proofs(town, clock, home),
        purchases(town, clock, home),
        *(admission(town, clock, key, days, end) for key, days, end in ends),
    ]
