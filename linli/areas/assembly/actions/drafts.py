"""The course of a draft (征求意见的过程): prepared, opened, extended, given a new text, closed, opened once more."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from linli.areas.appeals.models import code_digest, new_code
from linli.areas.assembly import queries
from linli.areas.assembly.actions.anchoring import carry_over
from linli.areas.assembly.actions.points import congress_of
from linli.areas.assembly.flow import DRAFT, DraftState
from linli.areas.assembly.models import ContactPoint, Draft, DraftText, Invitation, Kind, Provision
from linli.areas.assembly.queries import Reading
from linli.commons.actor import SYSTEM, Actor
from linli.commons.models import Body, Place, code_for
from linli.commons.settings import limit_of
from linli.commons.workdays import calendar_of
from linli.kit import clock, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.flow import move, wrong_state
from linli.kit.notices import notify
from linli.kit.text import fitting

LONGEST = timedelta(days=366)
LEVELS = (Place.Level.PROVINCE, Place.Level.CITY, Place.Level.COUNTY)


def own(by: Actor, draft: Draft) -> None:
    """Only the congress that asks; the system closes what has run out. Raises: NotAllowed."""
    if by.body_code != draft.congress_id and by.code != SYSTEM.code:
        raise NotAllowed("只有征求意见的人大常委会可以办理。", code="not_own")


def step(draft: Draft, name: str, **changes: Any) -> Draft:
    """Take a move of the flow and turn its clock. Raises: WrongState."""
    move(draft, DRAFT, name, **changes)
    for one in DRAFT[name].stops:
        clock.stop(draft.trail_key, one)
    for one in DRAFT[name].starts:
        clock.start(
            draft.trail_key,
            one,
            limit=limit_of("assembly.answer", draft.place_id),
            calendar=calendar_of(draft.place_id),
            place=draft.place_id,
            holder=draft.congress_id,
        )
    return draft


def ready_for(draft: Draft, name: str) -> None:
    """Refuse a step that does not start in the present state before anything else is looked at. Raises: WrongState."""
    if draft.state not in DRAFT[name].source:
        raise wrong_state(DRAFT, name, draft.state)


@action("assembly.open_draft")
def prepare_draft(
    *,
    by: Actor,
    place: Place,
    title: str,
    text: str,
    until: date,
    note: str = "",
    points: Sequence[ContactPoint] = (),
) -> Draft:
    """Prepare a draft for comment (建立征求意见稿); nobody outside sees it before it is opened.

    Args:
        place: whose people are asked. text: the draft's text, from which the provisions are read.
        points: contact points that collect; none means all of the congress's in that place.

    Raises:
        BadInput: no title, no article in the text, a day that has passed, points of others. NotAllowed: no congress.
    """
    congress = congress_of(by)
    if place.level not in LEVELS:
        raise BadInput("征求范围要选省、市（州）或县（市、区）。", code="bad_place")
    reading = queries.read_draft(text)
    draft = Draft.objects.create(
        code=code_for("FA"), congress=congress, place=place, **_described(title, note), until=_until(until)
    )
    draft.points.set(_asked(congress, points))
    stored = _store(draft, reading, "", by)
    facts = {"sha256": stored.sha256, "articles": reading.articles, "until": until.isoformat()}
    trail.record("assembly.draft_prepared", draft, by=by, facts=facts, note=draft.title)
    return draft


@action("assembly.open_draft")
def edit_draft(
    *, by: Actor, draft: Draft, title: str, until: date, note: str = "", points: Sequence[ContactPoint] = ()
) -> Draft:
    """Correct what is said of a draft before it is opened (修改). Raises: BadInput, NotAllowed, WrongState."""
    own(by, draft)
    ready_for(draft, "edit")
    new = {**_described(title, note), "until": _until(until)}
    changed = {
        key: [str(getattr(draft, key)), str(value)] for key, value in new.items() if getattr(draft, key) != value
    }
    changed.pop("note", None)
    step(draft, "edit", **new)
    draft.points.set(_asked(draft.congress, points))
    trail.record("assembly.draft_edited", draft, by=by, changes=changed)
    return draft


@action("assembly.open_draft")
def open_draft(*, by: Actor, draft: Draft) -> Draft:
    """Lay a draft open for comment from today (公布征求意见). Raises: NotAllowed, WrongState; BadInput: its last day has passed."""
    own(by, draft)
    ready_for(draft, "open")
    _until(draft.until)
    step(draft, "open", opens_on=timezone.localdate())
    facts = {"until": draft.until.isoformat(), "points": [point.code for point in queries.points_asked(draft)]}
    trail.record("assembly.draft_opened", draft, by=by, facts=facts)
    tell_points(draft, f"《{draft.title}》征求意见到 {draft.until:%Y-%m-%d}，请征集居民的意见。")
    return draft


@action("assembly.open_draft")
def extend_draft(*, by: Actor, draft: Draft, until: date) -> Draft:
    """Give people more time (延长期限). Raises: NotAllowed, WrongState; BadInput: not later than now."""
    own(by, draft)
    ready_for(draft, "extend")
    old = draft.until
    if until <= old:
        raise BadInput(f"新的截止日期要晚于原来的 {old:%Y-%m-%d}。", code="bad_until")
    step(draft, "extend", until=_until(until))
    trail.record("assembly.draft_extended", draft, by=by, changes={"until": [old.isoformat(), until.isoformat()]})
    tell_points(draft, f"《{draft.title}》征求意见延长到 {until:%Y-%m-%d}。")
    return draft


@action("assembly.open_draft")
def revise_draft(*, by: Actor, draft: Draft, text: str, note: str = "") -> DraftText:
    """Give a draft a new text (换新稿); every comment follows its provision into it, in the same transaction.

    Before it is opened the new text takes the place of the old one, which nobody has seen.

    Raises:
        NotAllowed, WrongState. BadInput: no article in it, the same text again, or no word of what was changed.
    """
    own(by, draft)
    ready_for(draft, "revise")
    note = fitting(note, 2000, "修改说明")
    reading = queries.read_draft(text)
    before = queries.newest(draft)
    if _sha(text) == before.sha256:
        raise BadInput("新稿和现在的稿子一字不差。请检查是不是选错了文件。", code="same_text")
    if draft.state == DraftState.PREPARING:
        draft.texts.all().delete()
        stored, told = _store(draft, reading, "", by), {}
    else:
        if len(note) < 4:
            raise BadInput("请写明这一稿改了什么、为什么改（至少 4 个字），提意见的人会看到。", code="note_short")
        fates = queries.fates_of(draft, reading)
        stored, told = _store(draft, reading, note, by, number=before.number + 1), fates.counts()
        carry_over(draft, stored, fates, by=by)
    step(draft, "revise")
    facts = {"number": stored.number, "sha256": stored.sha256, "articles": reading.articles, "comments": told}
    trail.record("assembly.draft_revised", draft, by=by, facts=facts)
    return stored


@action("assembly.open_draft")
def close_draft(*, by: Actor, draft: Draft, reason: str = "") -> Draft:
    """Stop taking comments (截止): by itself after the last day, by the congress only then or with its reason.

    Raises: NotAllowed, WrongState; BadInput: closed early without a reason.
    """
    own(by, draft)
    ready_for(draft, "close")
    early = timezone.localdate() <= draft.until
    if early and by.code == SYSTEM.code:
        raise WrongState("还没有到截止日期。", code="wrong_state")
    reason = fitting(reason, 200, "提前截止的理由")
    if early and len(reason) < 4:
        raise BadInput("还没有到公布的截止日期。提前截止请写明理由（至少 4 个字），公众会看到。", code="no_reason")
    step(draft, "close", closed_at=timezone.now())
    trail.record("assembly.draft_closed", draft, by=by, facts={"early": early}, note=reason)
    waiting = queries.progress(draft).open
    what = f"有 {waiting} 条意见待答复" if waiting else "没有待答复的意见，可以公布采纳情况"
    _tell(draft.congress_id, draft, f"《{draft.title}》征求意见已截止，{what}。")
    return draft


@action("assembly.open_draft")
def reopen_draft(*, by: Actor, draft: Draft, until: date) -> Draft:
    """Ask once more (再次征求意见), on a new text. Raises: NotAllowed, WrongState; BadInput: still the same text, or a bad day."""
    own(by, draft)
    ready_for(draft, "reopen")
    text = queries.newest(draft)
    if draft.closed_at is None or text.loaded_at <= draft.closed_at:
        raise BadInput("再次征求意见要有新的一稿。请先换新稿。", code="no_new_text")
    step(draft, "reopen", until=_until(until), closed_at=None)
    trail.record("assembly.draft_reopened", draft, by=by, facts={"number": text.number, "until": until.isoformat()})
    tell_points(draft, f"《{draft.title}》第 {text.number} 稿再次征求意见，到 {until:%Y-%m-%d}。")
    return draft


@dataclass(frozen=True)
class Invited:
    """An invitation and the secret code of its link, which is shown once."""

    invitation: Invitation
    code: str


@action("assembly.open_draft")
def invite(*, by: Actor, draft: Draft, kind: str, whom: str) -> Invited:
    """Make a link for people whose word is asked for (邀请); who comments by it counts under the kind named here.

    Raises: NotAllowed, WrongState: neither preparing nor open. BadInput: no kind, or nobody named.
    """
    own(by, draft)
    if draft.state not in (DraftState.PREPARING, DraftState.OPEN):
        raise WrongState("征求意见已经截止，不能再邀请。", code="wrong_state")
    if kind not in Kind.values:
        raise BadInput("请选择邀请的是哪一类人。", code="bad_kind")
    whom = fitting(whom, 60, "邀请谁")
    if len(whom) < 2:
        raise BadInput("请写明邀请谁（如：市律师协会）。", code="text_short")
    code = new_code()
    row = Invitation.objects.create(code_hash=code_digest(code), draft=draft, kind=kind, whom=whom, made_by=by.label)
    trail.record("assembly.people_invited", draft, by=by, facts={"kind": kind, "invitation": row.pk})
    return Invited(row, code)


def close_due() -> int:
    """Tick: close every draft whose last day has passed; idempotent."""
    over = Draft.objects.filter(state=DraftState.OPEN, until__lt=timezone.localdate())
    count = 0
    for draft in list(over.order_by("until", "id")):
        with suppress(WrongState):  # closed or extended between the two looks
            close_draft(by=SYSTEM, draft=draft)
            count += 1
    return count


def tell_points(draft: Draft, text: str) -> None:
    """Put a notice on the desks of the bodies that collect for a draft."""
    for host in sorted({point.host_id for point in queries.points_asked(draft)}):
        _tell(host, draft, text)


def _tell(body: str, draft: Draft, text: str) -> None:
    notify(body=body, subject=draft.trail_key, place=draft.place_id, text=text[:200], url=f"/work/drafts/{draft.code}/")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _store(draft: Draft, reading: Reading, note: str, by: Actor, *, number: int = 1) -> DraftText:
    stored = DraftText.objects.create(
        draft=draft, number=number, body=reading.text, sha256=_sha(reading.text), note=note, loaded_by=by.label
    )
    rows = (
        Provision(
            text=stored,
            eid=part.eid,
            level=part.level,
            num=part.num,
            heading=part.heading,
            body=part.body,
            order=order,
        )
        for order, part in enumerate(reading.parts)
    )
    Provision.objects.bulk_create(rows, batch_size=200)
    return stored


def _described(title: str, note: str) -> dict[str, str]:
    title = fitting(title, 120, "名称").strip("《》 ")
    if len(title) < 4:
        raise BadInput("请写明草案的名称（至少 4 个字）。", code="text_short")
    return {"title": title, "note": fitting(note, 5000, "起草说明")}


def _until(until: date) -> date:
    today = timezone.localdate()
    if not today <= until <= today + LONGEST:
        raise BadInput("截止日期要在今天以后，最长一年。", code="bad_until")
    return until


def _asked(congress: Body, points: Iterable[ContactPoint]) -> list[ContactPoint]:
    chosen = list(points)
    if any(point.congress_id != congress.code or point.ended_on is not None for point in chosen):
        raise BadInput("只能请本机关现有的联系点征集意见。", code="bad_point")
    return chosen
