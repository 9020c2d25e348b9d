"""Taking an appeal in: file, classify, accept or decline, withdraw, reveal the reporter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from linli.areas.appeals import queries, rules
from linli.areas.appeals.actions.step import advance, start_first_clocks, tell
from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Appeal, code_digest, new_code, new_number
from linli.areas.mandates.actions import end_assignment
from linli.areas.mandates.models import Assignment, Matter
from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.kit import files, reference, rows, trail
from linli.kit.action import action
from linli.kit.chance import drawn_again
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.scope import visible_to

MAX_TEXT = 5000
MAX_PHOTOS, MAX_PHOTOS_EVER = 4, 20
"""Photos sent at once, and kept of one appeal with all that was added later."""
MAX_CONTACT = 300
"""Forms ask for less; a program may hand over telephone, mail address and the number of a device together."""


@dataclass(frozen=True)
class Receipt:
    """What a resident takes home: the appeal, and the secret code that is shown once."""

    appeal: Appeal
    code: str


@action("appeals.file", at="place")
@reference.held()
def file_appeal(
    *,
    by: Actor,
    place: Place,
    text: str,
    title: str = "",
    place_text: str = "",
    position: tuple[float, float] | None = None,
    kind: str = "",
    matter: Matter | None = None,
    danger: bool = False,
    name: str = "",
    contact: str = "",
    anonymous: bool = False,
    for_other: bool = False,
    channel: str = Appeal.Channel.WEB,
    photos: tuple[tuple[bytes, str, str], ...] = (),
    source: str = "",
    source_key: str = "",
) -> Receipt:
    """Take an appeal in (收件), HN 12, 4(1): the same number and clock by every channel.

    Args:
        place: where it happens; at least the county. text: what happens. name, contact: kept encrypted, may be empty.
        position: latitude and longitude (WGS-84). danger: the reporter says so; the text may say so too.
        for_other: the resident speaks for somebody else (代为反映); staff always do.
        photos: uploads already checked by `files.check_upload`.

    Raises:
        BadInput: no text, too long, an unknown kind, too many photos or an impossible position.
        WrongState: this source key is in already.
    """
    text = text.strip()
    if not text:
        raise BadInput("请写一写发生了什么事。", code="text_missing")
    if len(text) > MAX_TEXT:
        raise BadInput(f"内容请在 {MAX_TEXT} 字以内，现在有 {len(text)} 字。", code="text_long")
    if kind and kind not in Appeal.Kind.values:
        raise BadInput(f"类型请从{'、'.join(Appeal.Kind.values)}中选一个。", code="bad_kind")
    if len(place.county_code) < 6:
        raise BadInput("请选择所在的县（市、区）或社区。", code="place_missing")
    fault = rules.position_fault(*position, place.county_code) if position else ""
    if fault:
        raise BadInput(fault, code="bad_position")
    county = place.county_code
    if (
        source_key
        and Appeal.everything.filter(county__code=county, source=source[:60], source_key=source_key[:80]).exists()
    ):
        raise WrongState("来源系统的这一条已经收过，不用再提交。", code="known_source_key")
    suggestion = queries.suggest(text, title=title, county=county)
    code = new_code()
    appeal = stored(
        code_hash=code_digest(code),
        county_id=county,
        place=place,
        place_text=place_text.strip()[:120],
        latitude=round(position[0], 6) if position else None,
        longitude=round(position[1], 6) if position else None,
        channel=channel,
        kind=kind or suggestion.get("kind", ""),
        matter=matter,
        suggestion=suggestion,
        title=(title.strip() or headline(text))[:80],
        text=text,
        danger=danger or bool(suggestion.get("danger")),
        anonymous=anonymous,
        reporter_name="" if anonymous else name.strip()[:40],
        reporter_contact=contact.strip()[:MAX_CONTACT],
        filed_by=by.code,
        filed_for=for_other or by.is_staff,
        source=source[:60],
        source_key=source_key[:80],
    )
    keep_photos(appeal, photos, by=by)
    start_first_clocks(appeal, "case", "accept")
    trail.record(
        "appeals.filed",
        appeal,
        by=by,
        facts={"channel": channel, "place": place.code, "photos": len(photos), "for": appeal.filed_for},
    )
    desk = queries.desk_for(place)
    if desk is not None:
        word = "紧急诉求，请立即处理" if appeal.danger else "新诉求待受理"
        tell(desk.code, appeal, f"{word}：{appeal.number}")
    return Receipt(appeal, code)


def keep_photos(appeal: Appeal, photos: tuple[tuple[bytes, str, str], ...], *, by: Actor) -> None:
    """Keep the photos sent with an appeal or added to it; called inside an action.

    Raises:
        BadInput: too many at once, or over the years of one appeal.
    """
    if len(photos) > MAX_PHOTOS:
        raise BadInput(f"照片最多 {MAX_PHOTOS} 张。", code="too_many_photos")
    there = files.Attachment.objects.filter(subject=appeal.trail_key).count() if photos else 0
    if there + len(photos) > MAX_PHOTOS_EVER:
        raise BadInput(
            f"一件诉求最多留 {MAX_PHOTOS_EVER} 张照片，已有 {there} 张。请用文字说明。", code="too_many_photos"
        )
    for number, photo in enumerate(photos, there + 1):
        files.keep(photo, subject=appeal.trail_key, by=by.code, code=f"{appeal.number}{number}{new_code()}")


def headline(text: str) -> str:
    """The first sentence, short enough for a line of a list (标题)."""
    first = text.splitlines()[0]
    for stop in "。！？!?；;":
        first = first.split(stop)[0] or first
    return first if len(first) <= 30 else first[:29] + "…"


def stored(**fields: Any) -> Appeal:
    """Store an appeal under a number of chance.

    Raises: Again: the number is taken. IntegrityError: something else is there already.
    """
    appeal = Appeal(number=new_number(), **fields)
    with drawn_again(Appeal):
        rows.insert([appeal])
    return appeal


@action("appeals.accept", at="appeal")
def classify_appeal(
    *,
    by: Actor,
    appeal: Appeal,
    matter: Matter,
    kind: str,
    place: Place,
    place_text: str = "",
    danger: bool = False,
    brief: str = "",
) -> Appeal:
    """A human confirms type, matter and place (确认分类), HN 12 分类处置; what the system suggested stays on record.

    Raises:
        BadInput: unknown kind, or a place of another county. WrongState: handed over already; what a body was given on
            one ground must not become another matter in its hands (HB 41, HN 12).
    """
    if appeal.state not in (State.RECEIVED, State.ACCEPTED):
        raise WrongState("已分派的诉求不能再改分类；分错了，请承办单位提出异议，或先改派。", code="wrong_state")
    if kind not in Appeal.Kind.values:
        raise BadInput("请选择诉求类型。", code="bad_kind")
    if place.county_code != appeal.county_id:
        raise BadInput("发生地要在本县（市、区）内；外县的诉求请转有管辖权的县。", code="other_county")
    suggestion = queries.advice(appeal)
    changes: dict[str, list[Any]] = {}
    new = {"matter_id": matter.code, "kind": kind, "place_id": place.code, "danger": danger}
    for field, value in new.items():
        if getattr(appeal, field) != value:
            changes[field] = [getattr(appeal, field), value]
    Appeal.objects.filter(pk=appeal.pk).update(
        confirmed=True,
        place_text=place_text.strip()[:120] or appeal.place_text,
        brief=brief.strip() or appeal.brief,
        suggestion=suggestion,
        **new,
    )
    appeal.refresh_from_db()
    facts = {"suggested": suggestion.get("matter", ""), "confirmed": matter.code}
    trail.record("appeals.classified", appeal, by=by, changes=changes, facts=facts)
    return appeal


@action("appeals.dispatch", at="appeal")
def write_brief(*, by: Actor, appeal: Appeal, brief: str) -> Appeal:
    """Rewrite an appeal for a body outside the deciding unit (转办摘要): the only words that a firm reads (反映人保护).

    Raises:
        BadInput: no text. WrongState: the appeal has ended.
    """
    if not brief.strip():
        raise BadInput("请写转办摘要：发生了什么、在哪里、需要做什么。", code="text_missing")
    if appeal.state not in OPEN:
        raise WrongState("此件已结束，不能再改摘要。", code="wrong_state")
    Appeal.objects.filter(pk=appeal.pk).update(brief=brief.strip())
    appeal.brief = brief.strip()
    trail.record("appeals.brief_written", appeal, by=by)
    return appeal


@action("appeals.accept", at="appeal")
def accept_appeal(*, by: Actor, appeal: Appeal) -> Appeal:
    """Accept (受理). Raises: BadInput when no human has confirmed the class; WrongState."""
    if not appeal.confirmed:
        raise BadInput("请先确认类型、事项和发生地，再受理。", code="not_confirmed")
    return advance(appeal, "accept", by=by)


@action("appeals.accept", at="appeal")
def decline_appeal(*, by: Actor, appeal: Appeal, reason: str) -> Appeal:
    """Decline with a reason that the resident reads, and the way to go instead (不予受理). Raises: BadInput, WrongState."""
    if len(reason.strip()) < 5:
        raise BadInput("请写明不予受理的理由，并告诉居民应向哪里反映。", code="reason_missing")
    return advance(appeal, "decline", by=by, note=reason.strip(), ended_at=timezone.now())


@action("appeals.withdraw", at="appeal")
def withdraw_appeal(*, by: Actor, appeal: Appeal) -> Appeal:
    """The resident takes the appeal back (撤回); open assignments end."""
    advance(appeal, "withdraw", by=by, ended_at=timezone.now())
    for row in Assignment.objects.filter(subject=appeal.trail_key, state="open"):
        end_assignment(row, "stop", note="居民撤回")
        tell(row.body_id, appeal, f"居民已撤回诉求 {appeal.number}，不用再办。")
    return appeal


@action("appeals.reveal", at="appeal")
def reveal_reporter(*, by: Actor, appeal: Appeal, reason: str) -> tuple[str, str]:
    """See name and contact of the reporter, with a reason that the reporter can read (查看反映人信息).

    Raises:
        BadInput: no reason. NotAllowed: the appeal is not the actor's, or the actor's body is a firm, which sees the
            brief only (反映人保护).
    """
    if outside(by.body) or not visible_to(by, Appeal.everything.filter(pk=appeal.pk)).exists():
        raise NotAllowed("只有受理和办理此件的单位可以查看反映人信息；企业只看转办摘要。", code="not_concerned")
    if len(reason.strip()) < 2:
        raise BadInput("请写明查看反映人信息的原因，居民会看到。", code="reason_missing")
    role = by.post.role if by.post else ""  # the reporter reads body, post, time and reason; not the clerk's own name
    trail.record("appeals.identity_viewed", appeal, by=by, facts={"role": role}, note=reason.strip())
    return appeal.reporter_name, appeal.reporter_contact


def outside(body: Body | None) -> bool:
    """Bodies outside the deciding unit, which see a rewritten task instead of the resident's words (反映人保护)."""
    return body is not None and body.kind in (Body.Kind.PROPERTY, Body.Kind.UTILITY)
