"""What staff enter for others: a comment brought on paper, and what was said in a meeting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from linli.areas.appeals.models import new_code
from linli.areas.assembly import queries
from linli.areas.assembly.actions.comments import Receipt, Said, store_comment
from linli.areas.assembly.flow import DraftState
from linli.areas.assembly.models import Comment, ContactPoint, Draft, DraftText, Meeting
from linli.commons.actor import Actor
from linli.commons.models import code_for
from linli.kit import files, trail
from linli.kit.action import action
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.text import fitting

Upload = tuple[bytes, str, str]
MAX_FILES = 10
MAX_HEADS = 10_000


@action("assembly.collect", at="by")
def take_paper_comment(
    *,
    by: Actor,
    draft: Draft,
    said: Said,
    received_on: date,
    name: str = "",
    contact: str = "",
    point: ContactPoint | None = None,
    on: DraftText | None = None,
    scan: Upload | None = None,
) -> Receipt:
    """Enter a comment that came on paper (代录纸质意见); what came in time may be entered after the closing day.

    Args: received_on, when the paper came. scan, the sheet, already checked by `files.check_upload`.
    Raises: WrongState: no comments are taken. NotAllowed: outside the area. BadInput: it came too late, or does not fit.
    """
    draft = _taking(by, draft, point)
    _in_time(draft, received_on, "收到日期")
    receipt = store_comment(
        draft,
        said,
        by=by,
        channel=Comment.Channel.PAPER,
        received_on=received_on,
        on=on,
        point=point,
        name=fitting(name, 40, "姓名"),
        contact=fitting(contact, 60, "联系方式"),
    )
    if scan is not None:
        raw, kind, _name = scan
        number = receipt.comment.number
        files.keep((raw, kind, "意见原件"), subject=receipt.comment.trail_key, by=by.code, code=f"{number}{new_code()}")
    return receipt


@action("assembly.collect", at="by")
def take_paper_sheet(
    *,
    by: Actor,
    draft: Draft,
    views: Sequence[Said],
    received_on: date,
    name: str = "",
    contact: str = "",
    point: ContactPoint | None = None,
    on: DraftText | None = None,
    scan: Upload | None = None,
) -> list[Receipt]:
    """Enter one sheet on which somebody wrote to several provisions (一张意见表); all of it or nothing.

    Raises: as `take_paper_comment`, naming the row; BadInput: the sheet is empty.
    """
    if not views:
        raise BadInput("请至少录入一条意见。", code="no_views")
    found = []
    for number, view in enumerate(views, 1):
        try:
            found.append(
                take_paper_comment(
                    by=by,
                    draft=draft,
                    said=view,
                    received_on=received_on,
                    name=name,
                    contact=contact,
                    point=point,
                    on=on,
                    scan=scan,
                )
            )
        except BadInput as error:
            raise BadInput(f"第 {number} 条意见：{error.message}", code=error.code) from error
    return found


@action("assembly.collect", at="by")
def record_meeting(
    *,
    by: Actor,
    draft: Draft,
    held_on: date,
    venue: str,
    attendance: int,
    views: Sequence[Said],
    point: ContactPoint | None = None,
    minutes: str = "",
    on: DraftText | None = None,
    uploads: tuple[Upload, ...] = (),
) -> Meeting:
    """Enter a meeting with the views that were held there (座谈会记录).

    Args: attendance, how many people came. views, one row for each view, with how many held it. uploads, sign-in sheet and photographs.
    Raises: WrongState, NotAllowed. BadInput: no view, a view held by more people than came, a day outside the time of asking.
    """
    draft = _taking(by, draft, point)
    _in_time(draft, held_on, "召开日期")
    venue = fitting(venue, 120, "地点")
    if len(venue) < 2:
        raise BadInput("请写明在哪里开的。", code="text_short")
    if isinstance(attendance, bool) or not 1 <= attendance <= MAX_HEADS:
        raise BadInput(f"到会人数要填 1 到 {MAX_HEADS} 的整数。", code="bad_attendance")
    if not views:
        raise BadInput("请至少录入一条意见。", code="no_views")
    for number, view in enumerate(views, 1):
        if view.heads > attendance:
            raise BadInput(
                f"第 {number} 条意见的人数（{view.heads}）多于到会人数（{attendance}）。请核对。", code="too_many_heads"
            )
    if len(uploads) > MAX_FILES:
        raise BadInput(f"附件最多 {MAX_FILES} 份。", code="too_many_files")
    assert by.body is not None  # _taking asks for one
    meeting = Meeting.objects.create(
        code=code_for("ZT"),
        draft=draft,
        point=point,
        held_on=held_on,
        venue=venue,
        attendance=attendance,
        minutes=fitting(minutes, 20_000, "会议记录"),
        recorded_for=by.body,
        recorded_by=by.label,
    )
    for number, view in enumerate(views, 1):
        try:
            store_comment(
                draft,
                view,
                by=by,
                channel=Comment.Channel.MEETING,
                received_on=held_on,
                on=on,
                point=point,
                meeting=meeting,
            )
        except BadInput as error:
            raise BadInput(f"第 {number} 条意见：{error.message}", code=error.code) from error
    for number, (raw, kind, name) in enumerate(uploads, 1):
        files.keep((raw, kind, name), subject=meeting.trail_key, by=by.code, code=f"{meeting.code}{number}{new_code()}")
    facts = {"attendance": attendance, "views": len(views), "held_on": held_on.isoformat(), "files": len(uploads)}
    trail.record("assembly.meeting_recorded", meeting, by=by, facts=facts)
    return meeting


def _taking(by: Actor, draft: Draft, point: ContactPoint | None) -> Draft:
    """The draft, locked and read anew, if this body may enter comments on it now. Raises: NotAllowed, WrongState."""
    held = Draft.objects.select_for_update(no_key=True).get(pk=draft.pk)
    if not queries.may_collect(by, held):
        raise NotAllowed("这件草案不在本单位所在地征求意见，不能代录。", code="outside")
    if point is not None and by.body_code not in (point.host_id, held.congress_id):
        raise NotAllowed("只有联系点的承办单位可以用它的名义录入。", code="not_host")
    if held.state not in (DraftState.OPEN, DraftState.CLOSED):
        raise WrongState("这件草案现在不收意见（还没有开始，或者已经公布采纳情况）。", code="not_open")
    return held


def _in_time(draft: Draft, day: date, what: str) -> None:
    last = min(draft.until, timezone.localdate())
    if draft.opens_on is None or not draft.opens_on <= day <= last:
        raise BadInput(f"{what}要在征求意见期间（{draft.opens_on:%Y-%m-%d} 到 {last:%Y-%m-%d}）。", code="out_of_time")
