"""Who sees which drafts and comments; how a contributor opens the own comment, and an invited person the form."""

from __future__ import annotations

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.areas.appeals.models import code_digest
from linli.areas.assembly.flow import PUBLIC_STATES, DraftState
from linli.areas.assembly.models import Comment, ContactPoint, Draft, Invitation, Meeting
from linli.commons.actor import Actor
from linli.commons.models import Body
from linli.kit.errors import NotVisible
from linli.kit.limiter import check, failed
from linli.kit.scope import covers, get_visible, prefixes, under, visible_to


def public_drafts() -> QuerySet[Draft]:
    """Drafts that everybody may read: the open ones first, the one that ends soonest on top."""
    rows = Draft.objects.filter(state__in=PUBLIC_STATES).select_related("congress", "place")
    order = {DraftState.OPEN: 0, DraftState.CLOSED: 1, DraftState.ANSWERED: 2}
    rank = Case(*(When(state=state, then=Value(n)) for state, n in order.items()), output_field=IntegerField())
    return rows.annotate(rank=rank).order_by("rank", "until", "id")


def open_drafts(place: str) -> QuerySet[Draft]:
    """Drafts on which the people of a place are asked now (正在征求意见的), the one that ends soonest first."""
    rows = Draft.objects.filter(state=DraftState.OPEN, until__gte=timezone.localdate(), place__code__in=prefixes(place))
    return rows.select_related("congress").order_by("until", "id")


def public_draft(code: str) -> Draft:
    """One draft that everybody may read. Raises: NotVisible."""
    found = Draft.objects.filter(state__in=PUBLIC_STATES, code=code).select_related("congress", "place").first()
    if found is None:
        raise NotVisible()
    return found


def drafts_of(actor: Actor) -> QuerySet[Draft]:
    """Drafts at the actor's desk: the congress's own; for who collects, those that were laid open in the own area."""
    rows = Draft.objects.select_related("congress", "place")
    if "assembly.weigh" in actor.powers:
        return rows.filter(congress=actor.body)
    if "assembly.collect" not in actor.powers:
        return rows.none()
    return rows.filter(state__in=PUBLIC_STATES, place__code__in=prefixes(actor.place))


def draft_seen(actor: Actor, code: str) -> Draft:
    """One draft at the actor's desk. Raises: NotVisible."""
    found = drafts_of(actor).filter(code=code).first()
    if found is None:
        raise NotVisible()
    return found


def own_draft(actor: Actor, code: str) -> Draft:
    """One draft of the actor's own congress. Raises: NotVisible."""
    found = Draft.objects.filter(congress=actor.body, code=code).select_related("congress", "place").first()
    if found is None or "assembly.weigh" not in actor.powers:
        raise NotVisible()
    return found


def comments_of(actor: Actor, draft: Draft) -> QuerySet[Comment]:
    """Comments on a draft that the actor may read: all for the congress, for others what their body entered itself."""
    rows = Comment.objects.filter(draft=draft).select_related("point", "group", "answer", "made_on", "meeting")
    if "assembly.weigh" in actor.powers and actor.body_code == draft.congress_id:
        return rows
    if actor.body_code and "assembly.collect" in actor.powers:
        return rows.filter(entered_for=actor.body)
    return rows.none()


def comment_seen(actor: Actor, number: str) -> Comment:
    """One comment that came to the actor's congress. Raises: NotVisible."""
    rows = Comment.objects.select_related("draft__congress", "point", "group", "answer", "made_on", "meeting")
    return get_visible(actor, rows, number=number)


def meetings_of(actor: Actor, draft: Draft) -> QuerySet[Meeting]:
    """Meetings on a draft that the actor may read: all for the congress, else those of the own body."""
    rows = draft.meetings.select_related("point", "recorded_for")
    if "assembly.weigh" in actor.powers and actor.body_code == draft.congress_id:
        return rows
    return rows.filter(recorded_for=actor.body) if actor.body_code else rows.none()


def meeting_seen(actor: Actor, code: str) -> Meeting:
    """One meeting. Raises: NotVisible."""
    rows = Meeting.objects.filter(code=code).select_related("draft", "point", "recorded_for")
    mine = Q(recorded_for=actor.body) if actor.body_code and "assembly.collect" in actor.powers else Q(pk__in=[])
    found = visible_to(actor, rows).first() or rows.filter(mine).first()
    if found is None:
        raise NotVisible()
    return found


def opened_comment(number: str, code: str, *, caller: str) -> Comment:
    """The comment that number and secret code open (凭编号和查询码).

    Args:
        caller: who guesses (an address), for the limit on failures.

    Raises:
        NotVisible: no such pair; nobody can tell which half was wrong. TooMany: too many failures.
    """
    number = "".join(sign for sign in number if sign.isascii() and sign.isdigit())[:20]
    keys = (f"comment:caller:{caller}"[:100], f"comment:number:{number}"[:100])
    check(keys[0], most=20, minutes=15)
    check(keys[1], most=10, minutes=15)
    rows = Comment.objects.select_related("draft__congress", "answer__text", "made_on", "group")
    comment = rows.filter(number=number).first()
    opens = (comment or Comment(code_hash="")).opens_with(code)  # weighed against nothing, so that both cost the same
    if comment is None or not opens:
        for key in keys:
            failed(key, minutes=15)
        raise NotVisible(_("编号或查询码不对。请对照回执再输一次。"), code="bad_code")
    return comment


def invited(code: str, *, caller: str) -> Invitation:
    """The invitation that a link's code opens (凭邀请链接). Raises: NotVisible: none. TooMany: too many failures."""
    key = f"invitation:caller:{caller}"[:100]
    check(key, most=20, minutes=15)
    row = Invitation.objects.filter(code_hash=code_digest(code)).select_related("draft__congress").first()
    if row is None:
        failed(key, minutes=15)
        raise NotVisible(_("邀请链接不对。请核对，或者联系发给您链接的单位。"), code="bad_code")
    return row


def points_now() -> QuerySet[ContactPoint]:
    """Contact points that stand today (现有联系点)."""
    rows = ContactPoint.objects.filter(Q(ended_on=None) | Q(ended_on__gt=timezone.localdate()))
    return rows.select_related("congress", "place", "host")


def points_of(congress: Body) -> QuerySet[ContactPoint]:
    """Contact points of one congress, ended ones too (联系点名册)."""
    return ContactPoint.objects.filter(congress=congress).select_related("place", "host")


def points_asked(draft: Draft) -> QuerySet[ContactPoint]:
    """Contact points that collect for a draft: those invited, or all of the congress's in the draft's area."""
    rows = points_now().filter(congress=draft.congress)
    if draft.points.exists():
        return rows.filter(drafts=draft)
    return rows.filter(under("place_id", draft.place_id))


def points_for(actor: Actor, draft: Draft) -> QuerySet[ContactPoint]:
    """Contact points for which the actor may enter comments: of a host its own, of the congress all."""
    rows = points_asked(draft)
    return rows if actor.body_code == draft.congress_id else rows.filter(host=actor.body)


def may_collect(actor: Actor, draft: Draft) -> bool:
    """Whether the actor's body may enter what people brought on paper or said in a meeting: it lies in the draft's area."""
    if actor.body is None or "assembly.collect" not in actor.powers:
        return False
    return actor.body_code == draft.congress_id or covers(draft.place_id, actor.body.place_id)
