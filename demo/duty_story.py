"""What the boards tell (履职台账的故事): facts of every community, some short and some missing, and attestations, one expired."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from demo.moving import Clock, Script
from demo.people import Town
from demo.places import Community, Street
from linli.areas.duties.actions import attest_duty, withdraw_attestation
from linli.commons.actor import Actor
from linli.commons.facts import Value, enter_fact
from linli.commons.models import Place
from linli.commons.settings import set_setting

ROSTER, REPORT, HOUSE, MINUTES = "名册（演示）", "年报（演示）", "房产登记（演示）", "居委会会议记录（演示）"
Told = Iterator[tuple[str, Value, str]]

SUBCOMMITTEES = {
    "urban": ("人民调解", "治安保卫", "公共卫生", "环境和物业管理"),
    "rural": ("人民调解", "治安保卫", "公共卫生", "妇女和儿童工作"),
}
CHARTERS = {"urban": ("自治章程", "居民公约"), "rural": ("自治章程", "村规民约")}
READY = ("应急处置预案", "应急队伍", "应急物资")
MATTERS = ("居民日常行为", "家庭邻里关系", "诚实守信", "尊老爱幼", "扶残助弱", "矛盾纠纷预防化解", "改善人居环境")
GROUPS = ("困境未成年人", "失能老年人", "特困人员", "低保对象", "残疾人", "就业困难人员")
KINDS = ("综合服务设施", "教育", "文化", "体育", "医疗", "养老", "托幼", "助餐", "无障碍")

SIZES = (
    # residents, households, workers, area in m²; None: nobody has told it yet
    (12_050, 4_310, 21, "1293"),
    (9_480, 3_150, 18, "1000"),
    (7_200, 2_400, 13, "860.5"),
    (None, 1_980, 9, "1120"),
    (10_400, 3_460, 20, "1038"),
    (5_600, 1_870, 11, None),
    (2_310, 720, 4, "520"),
    (1_860, 590, 3, "430"),
)
"""By the order of the communities: the first lacks one worker in Hubei, the third lacks floor space, and so on."""


def facts(town: Town, clock: Clock) -> Script:
    """Committees, streets and the lead body tell what they know."""
    county = town.ground.county
    yield clock.ago(33, "09:10")
    set_setting(
        by=town.main["lead"],
        place=town.ground.places["county"],
        key="duties.evidence_months",
        value=12 if county.prefix == "hb" else 6,
        source="县社区治理联席会议纪要（演示）",
    )
    number = 0
    for street in county.streets:
        for community in street.communities:
            yield clock.ago(32 - number, "10:05")
            _community(town, community, number)
            number += 1
        yield clock.ago(22, "15:40")
        _street(town, street)
    yield clock.ago(20, "16:10")
    _county(town)


def _tell(by: Actor, place: Place, told: Told, as_of: date) -> None:
    for measure, value, source in told:
        enter_fact(by=by, place=place, measure=measure, value=value, as_of=as_of, source=source)


def _community(town: Town, community: Community, number: int) -> None:
    place = town.ground.places[community.key]
    by = town.at(town.ground.bodies[community.key].code)
    day = timezone.localdate().replace(day=1) - timedelta(days=1)
    _tell(by, place, _sizes(number), day)
    _tell(by, place, (_hubei if town.ground.county.prefix == "hb" else _hunan)(community, number), day)


def _sizes(number: int) -> Told:
    residents, households, workers, area = SIZES[number % len(SIZES)]
    if residents is not None:
        yield "residents", Decimal(residents), REPORT
    yield "households", Decimal(households), REPORT
    yield "workers", Decimal(workers), ROSTER
    if area is not None:
        yield "area", Decimal(area), HOUSE


def _hubei(community: Community, number: int) -> Told:
    wanted = SUBCOMMITTEES[community.kind]
    if number != 5:
        yield "subcommittees", wanted[: 3 if number == 2 else 4], MINUTES
    yield "charters", CHARTERS[community.kind][: 1 if number == 7 else 2], MINUTES
    yield "councils", Decimal(number not in (3, 7)), MINUTES
    yield "groups", Decimal(4 + number), MINUTES
    yield "service_halls", Decimal(1), HOUSE
    yield "function_rooms", Decimal(3 if number % 3 else 1), HOUSE
    yield "zones", ("政务服务", "党群活动", "协商议事", "文体", "康养")[: 5 - number % 3], HOUSE
    yield "systems", ("居（村）务公开", "民主监督"), MINUTES
    yield "culture_boards", Decimal(2), HOUSE
    yield "emergency_readiness", READY[: 2 if number in (1, 6) else 3], MINUTES
    yield "committee_drills", ((timezone.localdate() - timedelta(days=70 + number)).isoformat(),), MINUTES
    if community.kind == "urban":
        yield "workers_by_other_way", Decimal(2 if number == 4 else 0), ROSTER
        yield "estates", Decimal(len(community.estates) + 3), REPORT
        yield "estates_managed", Decimal(len(community.estates) + 3 - (number == 0)), REPORT
    else:
        yield "relocation_site", Decimal(0), REPORT


def _hunan(community: Community, number: int) -> Told:
    yield "facility_kinds", KINDS[: 9 - number % 4], HOUSE
    yield "care_groups", GROUPS[: 6 if number % 3 else 5], REPORT
    yield "medical_rounds", ((timezone.localdate() - timedelta(days=25 + number)).isoformat(),), MINUTES
    if community.kind == "urban":
        yield "convention_matters", (*MATTERS, *(("绿色生活方式",) if number % 2 else ())), MINUTES
        yield "offline_service_points", Decimal(number != 2), HOUSE
        yield "grid_divisions_in_use", Decimal(3 if number == 1 else 1), REPORT
        if number != 4:
            yield "units_with_resources", Decimal(5), REPORT
            yield "units_open", Decimal(3 if number == 0 else 5), REPORT


def _street(town: Town, street: Street) -> None:
    by, place = town.at(town.ground.bodies[street.key].code), town.ground.places[street.key]
    drills = ((timezone.localdate() - timedelta(days=40)).isoformat(),)
    if town.ground.county.prefix == "hb" and street.key != "fengyan":
        _tell(by, place, iter([("street_drills", drills, "演练记录（演示）")]), timezone.localdate())


def _county(town: Town) -> None:
    by, place, today = town.main["lead"], town.ground.places["county"], timezone.localdate()
    paper = "县政府办公室统计（演示）"
    hubei: list[tuple[str, Value, str]] = [
        ("leaders", Decimal(9), paper),
        ("leaders_with_contact", Decimal(8), paper),
        ("risk_platforms", Decimal(1), paper),
        ("development_plan", ("城乡社区治理",), "规划纲要（演示）"),
        ("linkage", ("社区", "社会工作者", "社区社会组织", "社区志愿者"), paper),
        ("two_way_evaluations", ((today - timedelta(days=350)).isoformat(),), paper),
        ("contests_unapproved", Decimal(0), paper),
        ("pay_due", Decimal(4_850_000), "预算表（演示）"),
        ("pay_budgeted", Decimal(4_600_000), "预算表（演示）"),
    ]
    hunan: list[tuple[str, Value, str]] = [
        ("development_plan_entries", Decimal(2), "规划纲要（演示）"),
        ("government_study_meetings", ((today - timedelta(days=60)).isoformat(),), paper),
        ("facility_plans", Decimal(1), paper),
        ("informatisation_plan_entries", None, paper),
        ("community_budget_lines", Decimal(0), "预算表（演示）"),
        ("service_preferences", ("税收", "用工保险", "社会组织登记"), paper),
    ]
    _tell(by, place, iter(hubei if town.ground.county.prefix == "hb" else hunan), today)


ATTESTED = {
    "hb": (
        ("tingchao", "committee_assists", "协助政府工作年度总结", 300),
        ("tingchao", "points_system", "积分管理办法及公示照片", 15),
        ("wangjin", "resident_rights", "居民代表会议签到表", 200),
        ("mopan", "committee_supervision_reviews", "民主评议会议记录", 6),
        ("linjiang", "street_supplies", "应急物资交接单", 180),
        ("linjiang", "street_helps_committees", "业务指导记录汇编", 90),
        ("housing", "supervise_handover", "社区用房移交清单", 240),
        ("lead", "community_plan", "城乡社区规划文本", 700),
        ("lead", "worker_training", "社区工作者培训签到表", 25),
    ),
    "hn": (
        ("liuting", "committee_self_governance", "居民自治年度总结", 300),
        ("liuting", "property_linkage", "居业物三方会议纪要", 15),
        ("zhaoge", "convention_fits_local_life", "公约征求意见记录", 6),
        ("wenzhi", "grids_join_self_governance", "网格与自治衔接办法", 180),
        ("lead", "governance_policies", "社区治理政策汇编", 700),
        ("lead", "legal_publicity", "送法进社区活动照片", 25),
    ),
}
"""Body, duty, title of the document, days for which it holds; the ones with six days have run out by now."""


def attestations(town: Town, clock: Clock) -> Script:
    """Bodies attest what leaves no line in the trail; one of them is found wrong and taken back."""
    prefix = town.ground.county.prefix
    yield clock.ago(16, "14:30")
    wrong = None
    for key, duty, title, days in ATTESTED[prefix]:
        body = town.ground.bodies[key]
        by = town.main["lead"] if key == "lead" else town.at(body.code)
        row = attest_duty(
            by=by,
            body=body,
            duty=duty,
            person=by.user.name if by.user else "演示",
            title=f"{title}（演示）",
            valid_until=timezone.localdate() + timedelta(days=days),
            document=_paper(title),
        )
        wrong = row if key in ("wangjin", "wenzhi") else wrong
    yield clock.ago(8, "11:20")
    assert wrong is not None
    withdraw_attestation(by=town.main["lead"], attestation=wrong, why="签到表缺少日期，请重新上传（演示）")


def _paper(title: str) -> SimpleUploadedFile:
    """A sheet with lines on it, drawn here: it stands for a document and says nothing."""
    image = Image.new("RGB", (620, 877), (252, 251, 247))
    draw = ImageDraw.Draw(image)
    draw.rectangle((210, 70, 410, 92), fill=(70, 74, 78))
    for line in range(18):
        draw.rectangle((70, 150 + line * 36, 550 - (line * 97) % 220, 160 + line * 36), fill=(190, 192, 190))
    draw.ellipse((400, 760, 490, 850), outline=(178, 60, 50), width=5)
    out = io.BytesIO()
    image.save(out, "PNG")
    return SimpleUploadedFile(f"{title}.png", out.getvalue(), "image/png")
