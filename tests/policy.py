"""The policy table (访问策略表), written by hand: who may open and post to each address. An oracle, derived from nothing.

Each row: route as in urls.py, the address of one example, who gets in by GET, who gets in by POST (None: not a form).
"In" means that the page speaks to the person, be it with a form error; "out" is 404 or 403, or the sign-in page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.models import Appeal, Publication
from linli.areas.appeals.queries.publication import figures_of
from linli.areas.appeals.queries.record import mark_at
from linli.areas.assembly import actions as assembly_actions
from linli.areas.duties import actions as duty_actions
from linli.areas.duties.actions import attest_duty
from linli.areas.duties.models import Attestation, Order, Report, Situation, Tolerance
from linli.areas.mandates import actions as mandates
from linli.areas.mandates.models import Admission, Assignment, Ground, Proof, PurchaseRequest, TaskList
from linli.commons.actor import RESIDENT
from linli.commons.workdays import set_day
from linli.kit.errors import RuleBroken
from linli.kit.files import Attachment, keep
from linli.kit.trail import Entry
from tests.areas.assembly import laws
from tests.cast import Town, fresh

OPEN = frozenset({"everybody"})
CAST = (
    "resident",
    "grid_worker",  # the grid inside the community: child
    "committee",  # the community's own committee
    "neighbour",  # the committee next door: sibling
    "street_desk",  # the street above: parent
    "department",  # holds the appeal of the story
    "housing",  # another department of the county
    "firm",  # a property firm of the community
    "hotline",
    "supervisor",
    "lead",
    "province",
    "congress",  # the standing committee of the city above
    "admin",
    "security",
    "auditor",
    "outsider",  # a department of another county
    "foreign_hotline",  # the same post in the other province
    "foreign_lead",
)


def people(names: str) -> frozenset[str]:
    """A set of the cast by name; a slip of the pen fails at import."""
    found = frozenset(names.split())
    assert found <= set(CAST), found - set(CAST)
    return found


STAFF = people(" ".join(CAST[1:]))
DESKS = STAFF - people("admin security auditor congress")  # posts that work on appeals at all
SEERS = people("committee street_desk department hotline supervisor lead province")  # of this community's appeal
LISTS = DESKS - people("firm")  # posts that may see lists; firms stand outside
GATHERERS = people(
    "committee neighbour street_desk hotline supervisor lead province foreign_hotline foreign_lead"
)  # see appeals of a place, their own or another
FILERS = people("grid_worker committee neighbour street_desk hotline foreign_hotline")
APPLICANTS = people("street_desk department housing outsider")
BUYERS = people("committee neighbour street_desk department housing hotline outsider foreign_hotline")
LOCAL = people(
    "grid_worker committee street_desk department housing hotline supervisor lead province"
)  # see what binds it
HANDLERS = people("committee street_desk department")  # hold the power here; who does not hold the appeal is told so
COUNTY = people("lead foreign_lead")
CONGRESS = people("congress")
COLLECTORS = people("committee neighbour street_desk congress")  # wherever they stand, of drafts laid open there
NOBODY = people("")
BOARDS = STAFF - people(
    "grid_worker firm admin security"
)  # posts of bodies that owe duties, and those who look after them
OVERSEERS = people("street_desk supervisor lead province auditor")  # of this community's committee
TELLERS = people("committee neighbour street_desk lead foreign_lead")
CHECKERS = OVERSEERS | people("foreign_lead")  # of a file of their own, so wherever they stand
FACTS = BOARDS - people("hotline foreign_hotline congress")
CORRECTORS = people("street_desk lead province foreign_lead")
ORDERED = people(
    "committee neighbour street_desk department housing firm hotline lead outsider foreign_hotline foreign_lead"
)
TOLERANT = DESKS - people("firm")
ASKERS = TOLERANT - people("supervisor province")


@dataclass
class World:
    """Two counties, and one of everything in the first."""

    town: Town
    foreign: Town
    appeal: Appeal
    code: str
    photo: Attachment
    draft: TaskList
    published: TaskList
    admission: Admission
    ground: Ground
    task: Assignment
    proof: Proof
    refused: Entry
    purchase: PurchaseRequest
    attestation: Attestation
    erasure: Appeal
    publication: Publication
    report: Report  # on urban management, at the county's lead body
    outcome: Report
    order: Order
    situation: Situation
    tolerance: Tolerance
    asked: dict[str, str]  # an open draft, an answered one, a comment on the first


def build_world(town: Town, foreign: Town) -> World:
    """Tell just enough of a story that each address has something to show."""
    receipt = town.file()
    photo = keep((b"\x89PNG", "image/png", "a.png"), subject=receipt.appeal.trail_key, by="resident", code="photo1")
    appeal = appeals.classify_appeal(
        by=town.hotline, appeal=receipt.appeal, matter=town.matter("路灯照明"), kind="求助", place=town.community
    )
    appeals.accept_appeal(by=town.hotline, appeal=appeal)
    appeals.dispatch_appeal(by=town.hotline, appeal=appeal, to=town.bodies["urban_mgmt"], reason="职责单位")
    published = town.publish("proof", "证明事项清单", None)
    draft = mandates.draft_list(
        by=town.lead,
        place=town.county,
        kind="self",
        title="自治事项清单",
        basis="县政府文件",
        effective_from=timezone.localdate(),
    )
    day = timezone.localdate() + timedelta(days=60)
    admission = mandates.apply_admission(
        by=town.department,
        place=town.community,
        title="灯杆巡查",
        basis="城市照明管理规定",
        reason="就近",
        role="reflect",
        frequency="每月一次",
        hours=Decimal(2),
        money=Decimal(0),
        guidance="培训",
        conditions="手册",
        wanted_from=day,
        wanted_to=day + timedelta(days=90),
    )
    ground = mandates.decide_own(
        by=town.committee, place=town.community, ref="居委会决定 1 号", matter=town.matter("路灯照明")
    )
    task = mandates.assign_task(
        by=town.department,
        to=town.bodies["committee"],
        title="联系住户",
        text="请联系三栋住户",
        matter=town.matter("路灯照明"),
        guidance="电话指导",
        conditions="话费补贴",
    )
    proof = mandates.issue_proof(
        by=town.committee,
        body=town.bodies["committee"],
        title="其他",
        requester="某单位",
        person="李梅",
        content="情况属实",
    )
    with contextlib.suppress(RuleBroken):  # the refusal is the evidence that one address shows
        mandates.ask_proof(by=town.department, body=town.bodies["committee"], title="我是我妈证明")
    refused = Entry.objects.filter(verb="mandates.proof_refused").latest("id")
    set_day(by=town.lead, day=date(2050, 3, 1), working=False, name="县庆", place=town.county.code)
    purchase = mandates.request_purchase(
        by=town.committee, place=town.community, title="楼道保洁", need="无人承担", amount=Decimal(3000)
    )
    attestation = attest_duty(
        by=town.committee,
        body=town.bodies["committee"],
        duty="emergency_team",
        person="周敏",
        title="应急队伍名册",
        valid_until=day,
        document=SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF"),
    )
    ended = town.file().appeal
    appeals.withdraw_appeal(by=town.resident, appeal=ended)
    appeals.ask_erasure(by=town.resident, appeal=fresh(ended))
    mark = mark_at(town.county.code)
    publication = Publication.objects.create(  # of a month before the story, which no action would publish today
        county=town.county,
        month=date(2026, 1, 1),
        as_of=mark.as_of,
        seq=mark.seq,
        hash=mark.hash,
        figures=figures_of(mark, date(2026, 1, 1)),
        published_by="刘洋",
    )
    report, order = ordered_report(town)
    unfounded = duty_actions.file_report(
        by=RESIDENT, respondent=town.bodies["street"], breach="refused", words="街道说不归他们管"
    ).report
    duty_actions.accept_report(by=town.lead, report=unfounded)
    duty_actions.close_report(by=town.lead, report=unfounded, outcome="unfounded", reply="经核实没有此事。")
    situation = duty_actions.keep_situation(
        by=town.lead, place=town.county, text="先行先试中的程序疏漏", basis="县委办 5 号", from_on=timezone.localdate()
    )
    tolerance = duty_actions.apply_tolerance(
        by=town.street_desk, situation=situation, reason="先行先试网上议事，程序有疏漏，已经补正。"
    )
    return World(
        town,
        foreign,
        fresh(appeal),
        receipt.code,
        photo,
        draft,
        published,
        admission,
        ground,
        task,
        proof,
        refused,
        purchase,
        attestation,
        ended,
        publication,
        report,
        unfounded,
        order,
        situation,
        tolerance,
        drafts_asked(town),
    )


def drafts_asked(town: Town) -> dict[str, str]:
    """A draft that is open with one comment, and one whose digest is out, by their codes; the comment by its number."""
    point = laws.point(town)
    held = laws.opened(town)
    row = laws.comment(held)
    group = assembly_actions.group_comments(
        by=town.congress, draft=held, comments=[row, laws.comment(held)], summary="增加巡查次数"
    )
    meeting = assembly_actions.record_meeting(
        by=town.committee,
        draft=held,
        held_on=timezone.localdate(),
        venue="社区活动室",
        attendance=9,
        views=[laws.said()],
        uploads=((b"\x89PNG", "image/png", "签到表"),),
    )
    paper = assembly_actions.take_paper_comment(
        by=town.committee,
        draft=held,
        said=laws.said(),
        received_on=timezone.localdate(),
        scan=(b"\x89PNG", "image/png", "意见表"),
    ).comment
    out = laws.closed(town, laws.opened(town))
    assembly_actions.publish_digest(by=town.congress, draft=laws.again(out))
    file = Attachment.objects.get(subject=meeting.trail_key).code
    return {
        "open": held.code,
        "answered": out.code,
        "preparing": laws.prepared(town).code,
        "number": row.number,
        "paper": paper.number,
        "scan": Attachment.objects.get(subject=paper.trail_key).code,
        "group": group.code,
        "meeting": meeting.code,
        "file": file,
        "point": point.code,
    }


def ordered_report(town: Town) -> tuple[Report, Order]:
    """A report on urban management, which was ordered to correct."""
    report = duty_actions.file_report(
        by=RESIDENT, respondent=town.bodies["urban_mgmt"], breach="neglect", words="路灯三个月没有人修"
    ).report
    duty_actions.accept_report(by=town.lead, report=report)
    order = duty_actions.order_correction(
        by=town.lead,
        report=report,
        text="请在期限内恢复滨江社区照明。",
        due_on=timezone.localdate() + timedelta(days=9),
    )
    return report, order


Row = tuple[str, Callable[[World], str], Iterable[str] | None, Iterable[str] | None]


def at(path: str) -> Callable[[World], str]:
    """An address that names nothing."""
    return lambda world: path


def appeal(tail: str = "") -> Callable[[World], str]:
    return lambda world: f"/work/appeals/{world.appeal.number}/{tail}"


def georeport(tail: str) -> Callable[[World], str]:
    return lambda world: (
        f"/open311/v2/{tail.format(number=world.appeal.number)}?jurisdiction_id={world.town.county.code}"
    )


def published(tail: str) -> Callable[[World], str]:
    return lambda world: f"/indices/{world.town.county.code}/{world.publication.month:%Y-%m}/{tail}"


def inside(path: str) -> Callable[[World], str]:
    """The figures of the community of the story."""
    return lambda world: f"{path}?place={world.town.community.code}"


def a_list(tail: str = "", *, published: bool = False) -> Callable[[World], str]:
    return lambda world: f"/work/lists/{(world.published if published else world.draft).code}/{tail}"


def admission(tail: str = "") -> Callable[[World], str]:
    return lambda world: f"/work/admissions/{world.admission.code}/{tail}"


def duties(tail: str = "", body: str = "committee") -> Callable[[World], str]:
    return lambda world: f"/work/duties/{world.town.bodies[body].code}/{tail}"


def attestation(tail: str) -> Callable[[World], str]:
    return lambda world: f"/work/duties/attestations/{world.attestation.code}/{tail}"


def correction(tail: str = "") -> Callable[[World], str]:
    return lambda world: f"/work/corrections/{world.report.number}/{tail}"


def order(tail: str = "") -> Callable[[World], str]:
    return lambda world: f"/work/correction-orders/{world.order.code}/{tail}"


def own_report(tail: str = "") -> Callable[[World], str]:
    """Asks for the code, whoever comes."""
    return lambda world: f"/corrections/follow/{world.report.number}/{tail}"


def asked(tail: str) -> Callable[[World], str]:
    """An address of the public pages of drafts."""
    return lambda world: f"/drafts/{tail.format(**world.asked)}"


def draft_desk(tail: str) -> Callable[[World], str]:
    """An address of the desk of drafts."""
    return lambda world: f"/work/drafts/{tail.format(**world.asked)}"


def body(tail: str = "") -> Callable[[World], str]:
    return lambda world: f"/work/bodies/{world.town.bodies['committee'].code}/{tail}"


def a_post(world: World) -> str:
    """The post of the community's clerk."""
    post = world.town.cast["committee"].post
    assert post is not None
    return f"/work/bodies/{world.town.bodies['committee'].code}/posts/{post.pk}/"


TABLE: tuple[Row, ...] = (
    # residents
    ("", at("/"), OPEN, None),
    ("open/", at("/open/"), OPEN, None),
    ("place/", at("/place/"), OPEN, OPEN),
    ("mode/", at("/mode/"), None, OPEN),
    ("healthz", at("/healthz"), OPEN, None),
    ("help/", at("/help/"), OPEN, None),
    ("login/", at("/login/"), OPEN, OPEN),
    ("login/code/", at("/login/code/"), NOBODY, NOBODY),
    ("login/enrol/", at("/login/enrol/"), NOBODY, NOBODY),
    ("login/password/", at("/login/password/"), OPEN, OPEN),
    ("logout/", at("/logout/"), None, OPEN),
    ("post/", at("/post/"), None, STAFF),
    ("report/", at("/report/"), OPEN, OPEN),
    ("report/where/", at("/report/where/"), OPEN, OPEN),
    ("report/contact/", at("/report/contact/"), OPEN, OPEN),
    ("report/check/", at("/report/check/"), OPEN, OPEN),
    ("report/photo/<str:code>/", at("/report/photo/none/"), NOBODY, None),
    ("report/clear/", at("/report/clear/"), None, OPEN),
    ("report/done/", at("/report/done/"), OPEN, None),
    ("report/done/print/", at("/report/done/print/"), OPEN, None),
    ("follow/", at("/follow/"), OPEN, OPEN),
    ("follow/leave/", at("/follow/leave/"), None, OPEN),
    ("follow/<str:number>/", lambda world: f"/follow/{world.appeal.number}/", OPEN, None),
    (
        "follow/<str:number>/photo/<str:code>/",
        lambda world: f"/follow/{world.appeal.number}/photo/photo1/",
        NOBODY,
        None,
    ),
    ("follow/<str:number>/<str:do>/", lambda world: f"/follow/{world.appeal.number}/add/", OPEN, OPEN),
    ("f/<str:number>/<str:code>/", lambda world: f"/f/{world.appeal.number}/{'2' * 10}/", NOBODY, None),
    ("indices/", at("/indices/"), OPEN, None),
    ("indices/<str:county>/", lambda world: f"/indices/{world.town.county.code}/", OPEN, None),
    ("indices/<str:county>/<str:month>/", published(""), OPEN, None),
    ("indices/<str:county>/<str:month>/print/", published("print/"), OPEN, None),
    ("indices/<str:county>/<str:month>/figures.csv", published("figures.csv"), OPEN, None),
    ("indices/<str:county>/<str:month>/figures.xlsx", published("figures.xlsx"), OPEN, None),
    ("committee/", at("/committee/"), OPEN, None),
    ("committee/<str:place_code>/", lambda world: f"/committee/{world.town.community.code}/", OPEN, None),
    ("committee/<str:place_code>/poster/", lambda world: f"/committee/{world.town.community.code}/poster/", OPEN, None),
    ("lists/", at("/lists/"), OPEN, None),
    ("lists/<str:code>/", lambda world: f"/lists/{world.published.code}/", OPEN, None),
    ("lists/<str:code>/", lambda world: f"/lists/{world.draft.code}/", NOBODY, None),
    ("lists/<str:code>/items.csv", lambda world: f"/lists/{world.published.code}/items.csv", OPEN, None),
    ("lists/<str:code>/items.xlsx", lambda world: f"/lists/{world.published.code}/items.xlsx", OPEN, None),
    # Open311: a session opens nothing here, and nobody posts without a key; what keys open: tests/test_policy_georeport.py
    ("open311/discovery.<str:form>", at("/open311/discovery.json"), OPEN, None),
    ("open311/v2/discovery.<str:form>", at("/open311/v2/discovery.xml"), OPEN, None),
    ("open311/v2/services.<str:form>", georeport("services.json"), OPEN, None),
    ("open311/v2/services/<str:code>.<str:form>", georeport("services/0101.xml"), OPEN, None),
    ("open311/v2/requests.<str:form>", georeport("requests.json"), OPEN, NOBODY),
    ("open311/v2/requests/<str:number>.<str:form>", georeport("requests/{number}.json"), OPEN, None),
    ("open311/v2/requests/<str:number>.<str:form>", georeport("requests/26010100000000.json"), NOBODY, None),
    ("open311/v2/tokens/<str:number>.<str:form>", georeport("tokens/{number}.xml"), OPEN, None),
    ("law/", at("/law/"), OPEN, None),
    ("law/compare/", at("/law/compare/"), OPEN, None),
    ("law/<slug:id>/", at("/law/hunan/"), OPEN, None),
    ("law/<slug:id>/<slug:art>/", at("/law/hubei/art_41/"), OPEN, None),
    # the desk
    ("work/", at("/work/"), STAFF, None),
    ("work/me/", at("/work/me/"), STAFF, STAFF),
    ("work/me/password/", at("/work/me/password/"), STAFF, STAFF),
    ("work/me/factor/", at("/work/me/factor/"), STAFF, STAFF),
    ("work/me/elevate/", at("/work/me/elevate/"), people("admin security"), people("admin security")),
    ("work/me/elevate/end/", at("/work/me/elevate/end/"), None, people("admin security")),
    ("work/notices/", at("/work/notices/"), DESKS | CONGRESS, DESKS | CONGRESS),
    ("drafts/", at("/drafts/"), OPEN, None),
    ("drafts/points/", at("/drafts/points/"), OPEN, None),
    ("drafts/follow/", at("/drafts/follow/"), OPEN, OPEN),
    ("drafts/follow/leave/", at("/drafts/follow/leave/"), None, OPEN),
    ("drafts/follow/<str:number>/", asked("follow/{number}/"), OPEN, None),
    ("drafts/follow/<str:number>/withdraw/", asked("follow/{number}/withdraw/"), OPEN, OPEN),
    ("drafts/follow/<str:number>/erase/", asked("follow/{number}/erase/"), OPEN, OPEN),
    ("drafts/done/", at("/drafts/done/"), OPEN, None),
    ("drafts/invited/<str:secret>/", at("/drafts/invited/2222222222/"), NOBODY, None),
    ("drafts/<str:code>/say/", asked("{open}/say/"), OPEN, OPEN),
    ("drafts/<str:code>/", asked("{open}/"), OPEN, None),
    ("drafts/<str:code>/versions/", asked("{open}/versions/"), OPEN, None),
    ("drafts/<str:code>/form/", asked("{open}/form/"), OPEN, None),
    ("drafts/<str:code>/digest/", asked("{open}/digest/"), NOBODY, None),
    ("drafts/<str:code>/digest/", asked("{answered}/digest/"), OPEN, None),
    ("work/drafts/", at("/work/drafts/"), COLLECTORS, None),
    ("work/drafts/new/", at("/work/drafts/new/"), CONGRESS, CONGRESS),
    ("work/drafts/points/", at("/work/drafts/points/"), CONGRESS, None),
    ("work/drafts/points/new/", at("/work/drafts/points/new/"), CONGRESS, CONGRESS),
    ("work/drafts/points/limit/", at("/work/drafts/points/limit/"), CONGRESS, CONGRESS),
    ("work/drafts/points/<str:code>/change/", draft_desk("points/{point}/change/"), CONGRESS, CONGRESS),
    ("work/drafts/points/<str:code>/end/", draft_desk("points/{point}/end/"), CONGRESS, CONGRESS),
    ("work/drafts/<str:code>/", draft_desk("{open}/"), COLLECTORS, None),
    ("work/drafts/<str:code>/", draft_desk("{preparing}/"), CONGRESS, None),
    ("work/drafts/<str:code>/edit/", draft_desk("{preparing}/edit/"), CONGRESS, CONGRESS),
    ("work/drafts/<str:code>/text/", draft_desk("{open}/text/"), CONGRESS, CONGRESS),
    ("work/drafts/<str:code>/step/<slug:name>/", draft_desk("{open}/step/extend/"), CONGRESS, CONGRESS),
    ("work/drafts/<str:code>/step/<slug:name>/", draft_desk("{open}/step/none/"), NOBODY, NOBODY),
    ("work/drafts/<str:code>/digest.docx", draft_desk("{open}/digest.docx"), CONGRESS, None),
    ("work/drafts/<str:code>/invitations/", draft_desk("{open}/invitations/"), CONGRESS, CONGRESS),
    ("work/drafts/<str:code>/comments/", draft_desk("{open}/comments/"), CONGRESS, None),
    ("work/drafts/<str:code>/ticked/", draft_desk("{open}/ticked/"), None, CONGRESS),
    ("work/drafts/<str:code>/answer/", draft_desk("{open}/answer/?c={number}"), CONGRESS, CONGRESS),
    ("work/drafts/<str:code>/groups/", draft_desk("{open}/groups/"), CONGRESS, None),
    ("work/drafts/<str:code>/groups/new/", draft_desk("{open}/groups/new/?c={paper}"), CONGRESS, CONGRESS),
    ("work/drafts/<str:code>/groups/<str:group>/", draft_desk("{open}/groups/{group}/"), CONGRESS, None),
    ("work/drafts/comments/<str:number>/", draft_desk("comments/{number}/"), CONGRESS, None),
    ("work/drafts/comments/<str:number>/reveal/", draft_desk("comments/{number}/reveal/"), CONGRESS, CONGRESS),
    ("work/drafts/comments/<str:number>/<slug:name>/", draft_desk("comments/{number}/hide/"), CONGRESS, CONGRESS),
    ("work/drafts/comments/<str:number>/<slug:name>/", draft_desk("comments/{number}/none/"), NOBODY, NOBODY),
    (
        "work/drafts/comments/<str:number>/file/<str:code>/",
        draft_desk("comments/{paper}/file/{scan}/"),
        CONGRESS,
        None,
    ),
    ("work/drafts/<str:code>/paper/", draft_desk("{open}/paper/"), COLLECTORS, COLLECTORS),
    ("work/drafts/<str:code>/paper/done/", draft_desk("{open}/paper/done/"), NOBODY, None),
    ("work/drafts/<str:code>/meetings/", draft_desk("{open}/meetings/"), COLLECTORS, None),
    ("work/drafts/<str:code>/meetings/new/", draft_desk("{open}/meetings/new/"), COLLECTORS, COLLECTORS),
    ("work/drafts/meetings/<str:code>/", draft_desk("meetings/{meeting}/"), people("committee congress"), None),
    (
        "work/drafts/meetings/<str:code>/file/<str:file>/",
        draft_desk("meetings/{meeting}/file/{file}/"),
        people("committee congress"),
        None,
    ),
    ("work/appeals/", at("/work/appeals/"), DESKS, None),
    ("work/appeals/export/xlsx/", at("/work/appeals/export/xlsx/"), DESKS, None),
    ("work/appeals/export/csv/", at("/work/appeals/export/csv/"), DESKS, None),
    ("work/appeals/new/", at("/work/appeals/new/"), FILERS, FILERS),
    ("work/appeals/<str:number>/", appeal(), SEERS, None),
    ("work/appeals/<str:number>/receipt/", appeal("receipt/"), NOBODY, None),
    ("work/appeals/<str:number>/receipt/print/", appeal("receipt/print/"), NOBODY, None),
    ("work/appeals/<str:number>/reveal/", appeal("reveal/"), people("committee street_desk department hotline"), None),
    ("work/appeals/<str:number>/photo/<str:code>/", appeal("photo/photo1/"), SEERS, None),
    ("work/appeals/<str:number>/<slug:name>/", appeal("answer/"), HANDLERS, HANDLERS),
    ("work/appeals/<str:number>/<slug:name>/", appeal("object/"), HANDLERS, HANDLERS),
    (
        "work/appeals/<str:number>/<slug:name>/",
        appeal("transfer/"),
        people("hotline street_desk"),
        people("hotline street_desk"),
    ),
    (
        "work/appeals/<str:number>/<slug:name>/",
        appeal("helper/"),
        people("hotline street_desk"),
        people("hotline street_desk"),
    ),
    (
        "work/appeals/<str:number>/<slug:name>/",
        appeal("order/"),
        people("hotline street_desk supervisor lead"),
        people("hotline street_desk supervisor lead"),
    ),
    ("work/appeals/<str:number>/<slug:name>/", appeal("no-such-step/"), NOBODY, NOBODY),
    ("work/hot/", at("/work/hot/"), GATHERERS, None),
    ("work/hot/export/xlsx/", at("/work/hot/export/xlsx/"), GATHERERS, None),
    ("work/hot/export/csv/", at("/work/hot/export/csv/"), GATHERERS, None),
    (
        "work/supervision/",
        at("/work/supervision/"),
        people("street_desk hotline supervisor lead foreign_hotline foreign_lead"),
        None,
    ),
    (
        "work/supervision/export/xlsx/",
        at("/work/supervision/export/xlsx/"),
        people("street_desk hotline supervisor lead foreign_hotline foreign_lead"),
        None,
    ),
    (
        "work/supervision/export/csv/",
        at("/work/supervision/export/csv/"),
        people("street_desk hotline supervisor lead foreign_hotline foreign_lead"),
        None,
    ),
    ("work/erasures/", at("/work/erasures/"), COUNTY, None),
    (
        "work/erasures/<str:number>/",
        lambda world: f"/work/erasures/{world.erasure.number}/",
        people("lead"),
        people("lead"),
    ),
    ("work/indices/", at("/work/indices/"), DESKS, None),
    ("work/indices/", inside("/work/indices/"), LOCAL | people("firm"), None),
    ("work/indices/cases/", at("/work/indices/cases/"), DESKS, None),
    ("work/indices/cases/", inside("/work/indices/cases/"), LOCAL | people("firm"), None),
    ("work/indices/print/", at("/work/indices/print/"), DESKS, None),
    ("work/indices/export/xlsx/", at("/work/indices/export/xlsx/"), DESKS, None),
    ("work/indices/export/csv/", inside("/work/indices/export/csv/"), LOCAL | people("firm"), None),
    ("work/indices/published/", at("/work/indices/published/"), DESKS, COUNTY),
    (
        "work/indices/published/<str:month>/",
        lambda world: f"/work/indices/published/{world.publication.month:%Y-%m}/",
        DESKS - people("outsider foreign_hotline foreign_lead province"),  # a province means its first county
        None,
    ),
    ("work/imports/", at("/work/imports/"), people("hotline foreign_hotline"), None),
    (
        "work/imports/new/",
        at("/work/imports/new/"),
        people("hotline foreign_hotline"),
        people("hotline foreign_hotline"),
    ),
    ("work/imports/new/check/", at("/work/imports/new/check/"), people("hotline foreign_hotline"), None),
    # lists and admissions
    ("work/lists/", at("/work/lists/"), LISTS, None),
    ("work/lists/new/", at("/work/lists/new/"), COUNTY | people("province"), COUNTY | people("province")),
    ("work/lists/template.xlsx", at("/work/lists/template.xlsx"), LISTS, None),
    ("work/lists/<str:code>/", a_list(), LISTS - people("outsider foreign_hotline foreign_lead"), None),
    ("work/lists/<str:code>/", a_list(published=True), LISTS, None),
    ("work/lists/<str:code>/edit/", a_list("edit/"), None, people("lead province")),
    ("work/lists/<str:code>/add/", a_list("add/"), None, people("lead province")),
    ("work/lists/<str:code>/drop/<int:number>/", a_list("drop/1/"), None, people("lead province")),
    ("work/lists/<str:code>/import/", a_list("import/"), None, people("lead province")),
    ("work/lists/<str:code>/publish/", a_list("publish/"), None, people("lead province")),
    ("work/lists/<str:code>/end/", a_list("end/", published=True), None, people("lead province")),
    (
        "work/lists/<str:code>/items.csv",
        a_list("items.csv"),
        LISTS - people("outsider foreign_hotline foreign_lead"),
        None,
    ),
    (
        "work/lists/<str:code>/items.xlsx",
        a_list("items.xlsx"),
        LISTS - people("outsider foreign_hotline foreign_lead"),
        None,
    ),
    ("work/admissions/", at("/work/admissions/"), LISTS, None),
    ("work/admissions/new/", at("/work/admissions/new/"), APPLICANTS, APPLICANTS),
    (
        "work/admissions/<str:code>/",
        admission(),
        LOCAL,
        None,
    ),
    ("work/admissions/<str:code>/review/", admission("review/"), None, people("lead")),
    ("work/admissions/<str:code>/decide/", admission("decide/"), None, people("lead")),
    ("work/admissions/<str:code>/publish/", admission("publish/"), None, people("lead province")),
    ("work/admissions/<str:code>/withdraw/", admission("withdraw/"), None, people("lead")),
    ("work/grounds/", at("/work/grounds/"), LISTS, None),
    ("work/grounds/new/<str:name>/", at("/work/grounds/new/order/"), COUNTY, COUNTY),
    (
        "work/grounds/<str:code>/",
        lambda world: f"/work/grounds/{world.ground.code}/",
        LOCAL,
        None,
    ),
    ("work/tasks/", at("/work/tasks/"), DESKS | CONGRESS, None),
    ("work/tasks/new/", at("/work/tasks/new/"), APPLICANTS, APPLICANTS),
    ("work/tasks/<str:code>/", lambda world: f"/work/tasks/{world.task.code}/", SEERS, people("committee")),
    ("work/refusals/", at("/work/refusals/"), LISTS, None),
    ("work/refusals/export.csv", at("/work/refusals/export.csv"), LISTS, None),
    ("work/proofs/", at("/work/proofs/"), LISTS, None),
    ("work/proofs/new/", at("/work/proofs/new/"), people("committee neighbour"), people("committee neighbour")),
    (
        "work/proofs/ask/",
        at("/work/proofs/ask/"),
        people("department housing outsider"),
        people("department housing outsider"),
    ),
    (
        "work/proofs/refused/<str:code>/",
        lambda world: f"/work/proofs/refused/{world.refused.facts['slip']}/",
        SEERS | people("housing"),
        None,
    ),
    ("work/proofs/<str:code>/", lambda world: f"/work/proofs/{world.proof.code}/", people("committee"), None),
    ("work/purchases/", at("/work/purchases/"), BUYERS | COUNTY, None),
    ("work/purchases/new/", at("/work/purchases/new/"), BUYERS, BUYERS),
    (
        "work/purchases/<str:code>/",
        lambda world: f"/work/purchases/{world.purchase.code}/",
        BUYERS - people("neighbour outsider foreign_hotline") | people("lead"),
        people("street_desk lead"),
    ),
    # duties and facts
    ("standards/", at("/standards/"), OPEN, None),
    ("standards/<str:code>/", lambda world: f"/standards/{world.town.community.code}/", OPEN, None),
    ("law/<slug:id>/<slug:art>/done/", at("/law/hubei/art_41/done/"), STAFF, None),
    ("work/duties/", at("/work/duties/"), BOARDS, None),
    ("work/duties/calendar/", at("/work/duties/calendar/"), BOARDS, BOARDS),
    ("calendar/<str:secret>.ics", at("/calendar/no-such-secret.ics"), NOBODY, None),
    ("work/duties/findings/", at("/work/duties/findings/"), BOARDS, None),
    (
        "work/duties/findings/judge/",
        at("/work/duties/findings/judge/"),
        people("lead foreign_lead"),
        people("lead foreign_lead"),
    ),
    ("work/duties/<str:code>/", duties(), OVERSEERS | people("committee"), None),
    ("work/duties/<str:code>/", duties(body="urban_mgmt"), people("department supervisor lead province auditor"), None),
    ("work/duties/articles/<slug:pack>/<slug:art>/", at("/work/duties/articles/hubei/art_32/"), BOARDS, None),
    ("work/duties/<str:code>/<slug:duty>/", duties("emergency_team/"), OVERSEERS | people("committee"), None),
    ("work/duties/<str:code>/<slug:duty>/", duties("no_such_duty/"), NOBODY, None),
    (
        "work/duties/<str:code>/<slug:duty>/attest/",
        duties("emergency_team/attest/"),
        people("committee"),
        people("committee"),
    ),
    (
        "work/duties/attestations/<str:code>/withdraw/",
        attestation("withdraw/"),
        people("committee lead"),
        people("committee lead"),
    ),
    (
        "work/duties/attestations/<str:code>/document/",
        attestation("document/"),
        OVERSEERS | people("committee"),
        None,
    ),
    ("work/checkup/", at("/work/checkup/"), CHECKERS, CHECKERS),
    ("work/checkup/look/", at("/work/checkup/look/"), CHECKERS, CHECKERS),
    ("work/checkup/result/", at("/work/checkup/result/"), CHECKERS, None),
    ("work/checkup/report.<slug:ending>", at("/work/checkup/report.xlsx"), NOBODY, None),  # nothing was uploaded
    ("work/checkup/template.xlsx", at("/work/checkup/template.xlsx"), CHECKERS, None),
    # reports, correction, tolerance
    ("corrections/", at("/corrections/"), OPEN, None),
    ("corrections/report/", at("/corrections/report/"), OPEN, OPEN),
    ("corrections/report/done/", at("/corrections/report/done/"), OPEN, None),
    ("corrections/follow/", at("/corrections/follow/"), OPEN, OPEN),
    ("corrections/follow/leave/", at("/corrections/follow/leave/"), None, OPEN),
    ("corrections/follow/<str:number>/", own_report(), OPEN, None),
    ("corrections/follow/<str:number>/add/", own_report("add/"), OPEN, OPEN),
    ("corrections/follow/<str:number>/withdraw/", own_report("withdraw/"), OPEN, OPEN),
    ("corrections/follow/<str:number>/erase/", own_report("erase/"), OPEN, OPEN),
    ("corrections/<str:number>/", lambda world: f"/corrections/{world.outcome.number}/", OPEN, None),
    ("corrections/<str:number>/", lambda world: f"/corrections/{world.report.number}/", NOBODY, None),
    ("work/corrections/", at("/work/corrections/"), CORRECTORS, None),
    ("work/corrections/new/", at("/work/corrections/new/"), DESKS, DESKS),
    ("work/corrections/receipt/", at("/work/corrections/receipt/"), NOBODY, None),
    ("work/corrections/<str:number>/", correction(), people("lead"), None),
    ("work/corrections/<str:number>/reveal/", correction("reveal/"), people("lead"), people("lead")),
    ("work/corrections/<str:number>/erase/", correction("erase/"), NOBODY, NOBODY),
    ("work/corrections/<str:number>/evidence/", correction("evidence/"), people("lead"), None),
    ("work/corrections/<str:number>/file/<str:code>/", correction("file/none/"), NOBODY, None),
    ("work/corrections/<str:number>/steps/<slug:name>/", correction("steps/judge/"), people("lead"), people("lead")),
    ("work/corrections/<str:number>/steps/<slug:name>/", correction("steps/dance/"), NOBODY, NOBODY),
    ("work/correction-orders/", at("/work/correction-orders/"), ORDERED, None),
    ("work/correction-orders/<str:code>/", order(), people("department"), people("department")),
    ("work/correction-orders/<str:code>/print/", order("print/"), people("department lead"), None),
    ("work/tolerance/", at("/work/tolerance/"), TOLERANT, None),
    ("work/tolerance/new/", at("/work/tolerance/new/"), ASKERS, ASKERS),
    ("work/tolerance/situations/new/", at("/work/tolerance/situations/new/"), COUNTY, COUNTY),
    (
        "work/tolerance/situations/<str:code>/end/",
        lambda world: f"/work/tolerance/situations/{world.situation.code}/end/",
        people("lead"),
        people("lead"),
    ),
    (
        "work/tolerance/<str:code>/",
        lambda world: f"/work/tolerance/{world.tolerance.code}/",
        people("street_desk supervisor lead province"),
        people("street_desk supervisor lead province"),
    ),
    ("work/facts/", at("/work/facts/"), FACTS, None),
    ("work/facts/measures/", at("/work/facts/measures/"), FACTS, None),
    ("work/facts/new/", at("/work/facts/new/"), TELLERS, TELLERS),
    ("work/facts/import/", at("/work/facts/import/"), TELLERS, TELLERS),
    # settings
    ("work/settings/", at("/work/settings/"), COUNTY, None),
    (
        "work/settings/texts/",
        at("/work/settings/texts/"),
        COUNTY | people("province admin"),
        COUNTY | people("province admin"),
    ),
    ("work/settings/presets/<slug:id>/", at("/work/settings/presets/shandong/"), COUNTY, COUNTY),
    ("work/settings/<str:key>/", at("/work/settings/appeals.handle/"), COUNTY, COUNTY),
    ("work/calendar/", at("/work/calendar/"), COUNTY | people("province"), None),
    ("work/calendar/days/", at("/work/calendar/days/"), COUNTY | people("province"), None),
    (
        "work/calendar/days/new/",
        at("/work/calendar/days/new/"),
        COUNTY | people("province"),
        COUNTY | people("province"),
    ),
    (
        "work/calendar/days/<str:key>/end/",
        at("/work/calendar/days/2050-03-01/end/"),
        people("lead"),
        people("lead"),
    ),
    (
        "work/calendar/days/import/",
        at("/work/calendar/days/import/"),
        COUNTY | people("province"),
        COUNTY | people("province"),
    ),
    ("work/bodies/", at("/work/bodies/"), COUNTY | people("admin security"), None),
    ("work/bodies/new/", at("/work/bodies/new/"), COUNTY, COUNTY),
    ("work/bodies/import/", at("/work/bodies/import/"), COUNTY, COUNTY),
    ("work/bodies/<str:key>/change/", body("change/"), people("lead"), people("lead")),
    ("work/bodies/<str:key>/end/", body("end/"), people("lead"), people("lead")),
    ("work/bodies/<str:code>/", body(), people("lead admin security"), people("lead admin security")),
    ("work/bodies/<str:code>/posts/<int:id>/", a_post, people("admin security"), people("admin security")),
    ("work/accounts/", at("/work/accounts/"), people("admin security"), people("security")),
    ("work/sign-ins/", at("/work/sign-ins/"), people("security"), None),
    # opening a county
    ("work/opening/", at("/work/opening/"), people("admin"), people("admin")),
    ("work/opening/review/", at("/work/opening/review/"), people("admin"), people("admin")),
    ("work/opening/faults.xlsx", at("/work/opening/faults.xlsx"), NOBODY, None),
    ("work/opening/codes/", at("/work/opening/codes/"), NOBODY, NOBODY),
    ("work/opening/codes/print/", at("/work/opening/codes/print/"), NOBODY, None),
    ("work/opening/codes/accounts.xlsx", at("/work/opening/codes/accounts.xlsx"), NOBODY, None),
    ("work/opening/template/<slug:name>.xlsx", at("/work/opening/template/bodies.xlsx"), people("admin"), None),
    ("work/opening/template/<slug:name>.xlsx", at("/work/opening/template/other.xlsx"), NOBODY, None),
    ("work/opening/standing/", at("/work/opening/standing/"), COUNTY | people("admin"), None),
    ("work/trail/", at("/work/trail/"), people("auditor"), None),
)
