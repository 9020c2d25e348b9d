"""What contributors do: comment on the public page, take a comment back, take their name out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F
from django.utils import timezone

from linli.areas.appeals.models import code_digest, new_code, new_number
from linli.areas.assembly import queries
from linli.areas.assembly.actions.anchoring import stand
from linli.areas.assembly.flow import COMMENT, DraftState
from linli.areas.assembly.models import Comment, ContactPoint, Draft, DraftText, Group, How, Invitation, Kind, Stance
from linli.areas.assembly.queries import Fate
from linli.commons.actor import Actor
from linli.kit import trail
from linli.kit.action import action
from linli.kit.chance import drawn_again
from linli.kit.errors import BadInput, WrongState
from linli.kit.flow import move
from linli.kit.text import fitting
from linli.law.parse import normalised

MAX_WORDS = 2000
LEAST = 5


@dataclass(frozen=True)
class Said:
    """What somebody says (一条意见), before anything is checked.

    Args:
        stance: a `Stance`. kind: a `Kind`. eid: the provision, "" for the whole draft. words: the opinion. wording: what the provision
            should say instead. heads: how many held this view, in a meeting.
    """

    stance: str
    kind: str
    eid: str = ""
    words: str = ""
    wording: str = ""
    heads: int = 1


@dataclass(frozen=True)
class Receipt:
    """What a contributor takes home: the comment, and the secret code that is shown once ("" for a meeting)."""

    comment: Comment
    code: str


@action("assembly.comment")
def make_comment(
    *,
    by: Actor,
    draft: Draft,
    said: Said,
    name: str = "",
    contact: str = "",
    point: ContactPoint | None = None,
    invitation: Invitation | None = None,
    on: DraftText | None = None,
) -> Receipt:
    """Say something to a draft (提意见), to an article, a paragraph, a point of it or to the whole.

    Args:
        point: a contact point that brought the contributor here. invitation: whose link was opened; its kind of contributor counts.
        on: the version that the contributor had before the eyes; default the newest. The comment follows at once.

    Raises:
        WrongState: not open, or not any more. BadInput: something is missing or does not fit.
    """
    if draft.state != DraftState.OPEN or timezone.localdate() > draft.until:
        raise WrongState("这件草案现在不征求意见（还没有开始，或者已经截止）。", code="not_open")
    if invitation is not None and invitation.draft_id != draft.pk:
        raise BadInput("这个邀请链接不是这件草案的。", code="bad_invitation")
    if invitation is not None:
        said = Said(said.stance, invitation.kind, said.eid, said.words, said.wording)
        Invitation.objects.filter(pk=invitation.pk).update(used=F("used") + 1)
    return store_comment(
        draft,
        said,
        by=by,
        channel=Comment.Channel.WEB,
        on=on,
        point=point,
        invitation=invitation,
        name=fitting(name, 40, "姓名"),
        contact=fitting(contact, 60, "联系方式"),
        received_on=timezone.localdate(),
    )


@action("assembly.comment")
def withdraw_comment(*, by: Actor, comment: Comment) -> Comment:
    """The contributor takes a comment back (撤回), as long as it has no answer. Raises: WrongState."""
    group = comment.group
    move(comment, COMMENT, "withdraw", group=None)
    end_if_empty(group)
    trail.record("assembly.comment_withdrawn", comment, by=by)
    return comment


@action("assembly.comment")
def erase_contact(*, by: Actor, comment: Comment) -> Comment:
    """The contributor takes name and contact out (删除姓名和联系方式); the comment stays. Raises: WrongState: there is none."""
    if not comment.name and not comment.contact:
        raise WrongState("这条意见没有留姓名和联系方式。", code="nothing_there")
    comment.name = comment.contact = ""
    comment.save(update_fields=["name", "contact"])
    trail.record("assembly.contact_erased", comment, by=by)
    return comment


def store_comment(
    draft: Draft,
    said: Said,
    *,
    by: Actor,
    channel: str,
    received_on: date,
    on: DraftText | None = None,
    point: ContactPoint | None = None,
    **more: Any,
) -> Receipt:
    """Check and store one comment, with its anchors; a step inside the actions that take comments.

    Raises: BadInput: something is missing or does not fit.
    """
    now = queries.newest(draft)
    seen = now if on is None else on
    if seen.draft_id != draft.pk:
        raise BadInput("这一稿不是这件草案的。", code="bad_text")
    said = checked(said, seen, meeting=channel == Comment.Channel.MEETING)
    if point is not None and not queries.points_asked(draft).filter(pk=point.pk).exists():
        raise BadInput("这个联系点没有受托征集这件草案的意见。", code="bad_point")
    code = "" if channel == Comment.Channel.MEETING else new_code()
    with drawn_again(Comment):
        comment = Comment.objects.create(
            number=new_number(),
            draft=draft,
            made_on=seen,
            eid=said.eid,
            now_eid=said.eid,
            stance=said.stance,
            words=said.words,
            wording=said.wording,
            kind=said.kind,
            heads=said.heads,
            channel=channel,
            point=point,
            received_on=received_on,
            code_hash=code_digest(code) if code else "",
            entered_for=by.body if by.is_staff else None,
            entered_by=by.code,
            **more,
        )
    stand(comment, seen, Fate(said.eid, How.MADE), by=by)
    if seen.pk != now.pk:
        stand(comment, now, queries.fate_of(seen, said.eid, now), by=by)
        comment.save(update_fields=["now_eid", "now_how"])
    facts = {"eid": said.eid, "stance": said.stance, "kind": said.kind, "channel": channel, "heads": said.heads}
    trail.record("assembly.comment_made", comment, by=by, facts=facts)
    return Receipt(comment, code)


def checked(said: Said, text: DraftText, *, meeting: bool) -> Said:
    """What was said, tidied. A proposed wording that is the provision's own text counts for none.

    Raises: BadInput: a stance or kind that there is not, no such provision, too little or too much said.
    """
    if said.stance not in Stance.values:
        raise BadInput("请选择赞成、反对、修改还是疑问。", code="bad_stance")
    if said.kind not in Kind.values:
        raise BadInput("请选择身份。", code="bad_kind")
    provision = queries.provision_of(text, said.eid)
    if said.eid and provision is None:
        raise BadInput("这一稿里没有这一条（款、项）。请从条文列表中选择。", code="bad_eid")
    words, wording = fitting(said.words, MAX_WORDS, "意见"), fitting(said.wording, MAX_WORDS, "建议改为")
    if provision is not None and normalised(wording) == normalised(provision.body):
        wording = ""
    if wording and said.stance in (Stance.SUPPORT, Stance.QUESTION):
        raise BadInput("写了“建议改为”，请把态度选成“修改”；或者把“建议改为”删掉。", code="wording_unasked")
    if said.stance in (Stance.OPPOSE, Stance.AMEND) and max(len(words), len(wording)) < LEAST:
        raise BadInput(f"请写明理由，或者写出建议改成什么（至少 {LEAST} 个字）。", code="words_missing")
    if said.stance == Stance.QUESTION and len(words) < LEAST:
        raise BadInput(f"请写出您的疑问（至少 {LEAST} 个字）。", code="words_missing")
    if isinstance(said.heads, bool) or said.heads < 1 or (said.heads > 1 and not meeting):
        raise BadInput("人数要填 1 以上的整数；只有座谈会的意见可以多于 1 人。", code="bad_heads")
    return Said(said.stance, said.kind, said.eid, words, wording, said.heads)


def end_if_empty(group: Group | None) -> None:
    """A group without members has ended."""
    if group is not None and group.ended_at is None and not group.members.exists():
        group.ended_at = timezone.now()
        group.save(update_fields=["ended_at"])
