"""What the congress does with comments: put like ones together, answer each, hide what must not stand, publish what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from linli.areas.assembly import queries
from linli.areas.assembly.actions.anchoring import stand
from linli.areas.assembly.actions.comments import end_if_empty
from linli.areas.assembly.actions.drafts import own, ready_for, step, tell_points
from linli.areas.assembly.flow import COMMENT, COUNTED_STATES, CommentState, DraftState
from linli.areas.assembly.models import Answer, Comment, Draft, Group, How, Stance
from linli.areas.assembly.queries import ORPHANS, Fate
from linli.commons.actor import Actor
from linli.commons.models import code_for
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, RuleBroken, WrongState
from linli.kit.flow import move
from linli.kit.text import fitting

Outcome = Answer.Outcome
PLACED = (Outcome.ADOPTED, Outcome.PARTLY)
"""Outcomes of which one can say where they stand in the text."""


@action("assembly.weigh")
def group_comments(
    *, by: Actor, draft: Draft, comments: Sequence[Comment], summary: str = "", group: Group | None = None
) -> Group:
    """Put comments that say the same into one group, a new one or one that there is (归并同类意见).

    Comments that join an answered group are answered with it.

    Args: summary, their gist in the staff's own words; needed for a new group.
    Raises: NotAllowed; WrongState: published already. BadInput: too few, of different articles, in another group already, or no gist.
    """
    _weighing(by, draft)
    rows = _chosen(draft, comments)
    if any(row.group_id is not None for row in rows):
        raise BadInput("选中的意见里有的已经归在一组。请先从原来的组里取出。", code="in_a_group")
    places = {_article(row) for row in rows} | ({_group_article(group)} if group is not None else set())
    if len(places) > 1:
        raise BadInput("同一组的意见要对着同一条。请分开归并，或先移动位置。", code="other_article")
    if group is None:
        if len(rows) < 2:
            raise BadInput("请选两条以上的意见归成一组。", code="too_few")
        group = Group.objects.create(
            code=code_for("TL"), draft=draft, summary=_summary(summary, rows), made_by=by.label, **_stands(rows)
        )
    elif group.draft_id != draft.pk or group.ended_at is not None:
        raise BadInput("没有这一组，或者已经拆开。", code="bad_group")
    Comment.objects.filter(pk__in=[row.pk for row in rows]).update(group=group)
    answer = group.answers.order_by("-id").first()
    if answer is not None:
        _give(answer, rows)
    facts = {"group": group.code, "comments": [row.number for row in rows]}
    trail.record("assembly.comments_grouped", draft, by=by, facts=facts)
    return group


@action("assembly.weigh", at="draft")
def ungroup(*, by: Actor, draft: Draft, group: Group, comment: Comment | None = None) -> Group:
    """Take a group apart, or one comment out of it (拆开); answers given stay. Raises: NotAllowed, WrongState, BadInput: no such group."""
    _weighing(by, draft)
    if group.draft_id != draft.pk or group.ended_at is not None:
        raise BadInput("没有这一组，或者已经拆开。", code="bad_group")
    members = group.members.all() if comment is None else group.members.filter(pk=comment.pk)
    numbers = list(members.values_list("number", flat=True))
    if not numbers:
        raise BadInput("这条意见不在这一组。", code="not_member")
    members.update(group=None)
    end_if_empty(group)
    trail.record("assembly.comments_ungrouped", draft, by=by, facts={"group": group.code, "comments": numbers})
    return group


@action("assembly.weigh")
def hide_comment(*, by: Actor, draft: Draft, comment: Comment, reason: str) -> Comment:
    """Leave a comment out of the digest, for abuse or personal data (不予公开); it stays in the record and is counted as hidden.

    Raises: NotAllowed, WrongState; BadInput: no reason.
    """
    _weighing(by, draft)
    comment = _fresh(draft, comment)
    reason = fitting(reason, 200, "理由")
    if len(reason) < 4:
        raise BadInput("请写明不予公开的理由（至少 4 个字），提意见的人看得到。", code="no_reason")
    group = comment.group
    move(comment, COMMENT, "hide", hidden_why=reason, group=None, answer=None)
    end_if_empty(group)
    trail.record("assembly.comment_hidden", comment, by=by, note=reason)
    return comment


@action("assembly.weigh")
def show_comment(*, by: Actor, draft: Draft, comment: Comment) -> Comment:
    """Count a hidden comment again (恢复); it waits for an answer then. Raises: NotAllowed, WrongState."""
    _weighing(by, draft)
    comment = _fresh(draft, comment)
    move(comment, COMMENT, "show", hidden_why="")
    trail.record("assembly.comment_shown", comment, by=by)
    return comment


@action("assembly.weigh")
def move_anchor(*, by: Actor, draft: Draft, comment: Comment, eid: str) -> Comment:
    """Say by hand where a comment stands in the newest text (人工指定位置); with it go all that say the same.

    Args: eid, a provision of the newest text; "" for the whole draft.
    Raises: NotAllowed, WrongState; BadInput: no such provision.
    """
    _weighing(by, draft)
    comment = _fresh(draft, comment)
    text = queries.newest(draft)
    if eid and queries.provision_of(text, eid) is None:
        raise BadInput("最新一稿里没有这一条（款、项）。请从列表中选择。", code="bad_eid")
    rows = [comment] if comment.group is None else list(comment.group.members.all())
    for row in rows:
        before = ORPHANS if row.is_orphan else row.now_eid
        stand(row, text, Fate(eid, How.BY_HAND), by=by)
        row.save(update_fields=["now_eid", "now_how"])
        trail.record("assembly.anchor_moved", row, by=by, changes={"eid": [before, eid]})
    if comment.group is not None:
        Group.objects.filter(pk=comment.group.pk).update(eid=eid, how=How.BY_HAND)
    comment.now_eid, comment.now_how = eid, How.BY_HAND
    return comment


@action("assembly.weigh")
def reveal_contributor(*, by: Actor, comment: Comment, reason: str) -> tuple[str, str]:
    """See name and contact that a contributor left, with a reason that stays in the trail (查看提意见人). Raises: NotAllowed, BadInput."""
    own(by, comment.draft)
    reason = fitting(reason, 200, "查看的原因")
    if len(reason) < 4:
        raise BadInput("请写明查看的原因（至少 4 个字）。", code="no_reason")
    trail.record("assembly.contributor_viewed", comment, by=by, note=reason)
    return comment.name, comment.contact


@action("assembly.weigh")
def answer_comments(
    *,
    by: Actor,
    draft: Draft,
    outcome: str,
    reason: str,
    comments: Sequence[Comment] = (),
    group: Group | None = None,
    where: str = "",
) -> Answer:
    """Answer one comment, several, or a group (答复): adopted, partly, not, each with its reason.

    An answer is never edited: who is answered anew has a new row, and the old one stays in the history.

    Args: where, the provision of the newest text in which the comment is taken up.
    Raises: NotAllowed; WrongState: still preparing, or a comment is hidden or withdrawn. BadInput: no reason, or nobody to answer;
        an explanation for what is no question; a place without adoption, or one that there is not.
    """
    own(by, draft)
    if draft.state == DraftState.PREPARING:
        raise WrongState("还没有公布征求意见，没有可答复的意见。", code="wrong_state")
    if group is not None and (group.draft_id != draft.pk or group.ended_at is not None):
        raise BadInput("没有这一组，或者已经拆开。", code="bad_group")
    rows = _chosen(draft, list(group.members.all()) if group is not None else comments)
    if outcome not in Outcome.values:
        raise BadInput("请选择采纳、部分采纳、不予采纳，或者解答。", code="bad_outcome")
    if outcome == Outcome.NOTED and any(row.stance != Stance.QUESTION for row in rows):
        raise BadInput("“解答”只用于疑问。其他意见请写采纳、部分采纳或者不予采纳。", code="not_a_question")
    text = queries.newest(draft)
    if where and outcome not in PLACED:
        raise BadInput("只有采纳或部分采纳的，才写体现在第几条。", code="where_unasked")
    if where and queries.provision_of(text, where) is None:
        raise BadInput("最新一稿里没有这一条。请从列表中选择。", code="bad_eid")
    answer = Answer.objects.create(
        code=code_for("DF"),
        draft=draft,
        group=group,
        outcome=outcome,
        reason=_reason(reason, rows),
        text=text,
        where=where,
        by=by.label,
    )
    _give(answer, rows)
    facts = {
        "answer": answer.code,
        "outcome": outcome,
        "where": where,
        "group": group.code if group is not None else "",
        "comments": [row.number for row in rows],
    }
    trail.record("assembly.comments_answered", draft, by=by, facts=facts)
    return answer


@action("assembly.weigh")
def publish_digest(*, by: Actor, draft: Draft) -> Draft:
    """Publish what came of each comment (公布采纳情况), HB 27(2).

    Raises: NotAllowed, WrongState. RuleBroken: a comment is neither answered nor hidden; the message says how many and where.
    """
    own(by, draft)
    ready_for(draft, "publish")
    waiting = queries.unanswered(draft)
    if waiting:
        total = sum(count for _key, count in waiting)
        places = "、".join(f"{label_of(key)} {count} 条" for key, count in waiting[:10])
        more = f"等 {len(waiting)} 处" if len(waiting) > 10 else ""
        raise RuleBroken(
            f"还有 {total} 条意见没有答复：{places}{more}。每条意见都答复了才能公布。",
            code="unanswered",
            facts={"waiting": dict(waiting)},
        )
    step(draft, "publish", published_at=timezone.now())
    found = queries.digest(draft)
    facts = {"comments": found.comments, "heads": found.heads, "hidden": found.hidden, "outcomes": found.outcomes()}
    trail.record("assembly.digest_published", draft, by=by, facts=facts)
    tell_points(draft, f"《{draft.title}》的意见采纳情况已公布，请告诉提过意见的居民。")
    return draft


def _fresh(draft: Draft, comment: Comment) -> Comment:
    """A comment as it is now, locked after its draft: publishing and weighing happen one after the other. Raises: BadInput."""
    row = Comment.objects.select_for_update(no_key=True).filter(pk=comment.pk, draft=draft).first()
    if row is None:
        raise BadInput("这条意见不是这件草案的。", code="other_draft")
    return row


def label_of(key: str) -> str:
    """A row of the digest in words."""
    return "找不到对应条文的" if key == ORPHANS else queries.place_of(key)


def _weighing(by: Actor, draft: Draft) -> None:
    own(by, draft)
    if draft.state not in (DraftState.OPEN, DraftState.CLOSED):
        raise WrongState("采纳情况已经公布（或者还没有公布征求意见），不能再整理意见。", code="wrong_state")


def _chosen(draft: Draft, comments: Sequence[Comment]) -> list[Comment]:
    """The comments as they are now, locked. Raises: BadInput: none, or of another draft. WrongState: hidden or withdrawn."""
    keys = {row.pk for row in comments}
    rows = list(Comment.objects.select_for_update(no_key=True).filter(pk__in=keys, draft=draft).order_by("id"))
    if not rows or len(rows) != len(keys):
        raise BadInput("请先选中这件草案的意见。", code="none_chosen")
    if any(row.state not in COUNTED_STATES for row in rows):
        raise WrongState("选中的意见里有的已撤回或不予公开，请刷新页面。", code="wrong_state")
    return rows


def _give(answer: Answer, rows: Sequence[Comment]) -> None:
    keys = [row.pk for row in rows]
    Comment.objects.filter(pk__in=keys).update(state=CommentState.ANSWERED, answer=answer)
    answer.comments.add(*keys)


def _article(row: Comment) -> str:
    return ORPHANS if row.is_orphan else row.now_eid.split("__")[0]


def _group_article(group: Group) -> str:
    return ORPHANS if group.how == How.ORPHAN else group.eid.split("__")[0]


def _stands(rows: Sequence[Comment]) -> dict[str, str]:
    """Where a group stands: where all its members do, else at their article."""
    if rows[0].is_orphan:
        return {"eid": "", "how": How.ORPHAN}
    places = {row.now_eid for row in rows}
    return {"eid": places.pop() if len(places) == 1 else _article(rows[0]), "how": How.MADE}


def _summary(summary: str, rows: Sequence[Comment]) -> str:
    summary = fitting(summary, 500, "归纳")
    if len(summary) < 5:
        raise BadInput("请用一句话归纳这组意见（至少 5 个字），它会公开。", code="text_short")
    return _clean(summary, "归纳", rows)


def _reason(reason: str, rows: Sequence[Comment]) -> str:
    reason = fitting(reason, 1000, "理由")
    if len(reason) < 10:
        raise BadInput("请写明理由（至少 10 个字），它会公开，也会给提意见的人看。", code="reason_short")
    return _clean(reason, "理由", rows)


def _clean(text: str, what: str, rows: Sequence[Comment]) -> str:
    """What is published names no contributor. Raises: BadInput."""
    for row in rows:
        for secret in (row.name, row.contact):
            if len(secret) > 1 and secret in text:
                raise BadInput(f"{what}里有提意见的人的姓名或联系方式，公开前请删掉。", code="gives_away")
    return text
