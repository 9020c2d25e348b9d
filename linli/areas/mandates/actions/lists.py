"""Lists: draft, fill, publish before effect, end (清单)."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Max
from django.utils import timezone

from linli.areas.mandates.actions.grounds import shut_ground, write_ground
from linli.areas.mandates.flow import LIST, ListState
from linli.areas.mandates.models import Ground, ListItem, Matter, TaskList
from linli.commons.actor import Actor
from linli.commons.models import Place, code_for
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, RuleBroken, WrongState
from linli.kit.flow import move


def start_of(day: date) -> datetime:
    """Midnight at which a day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


@action("mandates.write_list")
def draft_list(*, by: Actor, place: Place, kind: str, title: str, basis: str, effective_from: date) -> TaskList:
    """Begin a new version of a list (起草清单); the items of the version in force are taken over.

    Raises:
        BadInput: unknown kind, or no legal basis named. WrongState: a draft of this kind is open already.
    """
    if kind not in TaskList.Kind.values:
        raise BadInput("请选择清单种类。", code="bad_kind")
    if not basis.strip() or not title.strip():
        raise BadInput("请写明清单名称和制定依据。", code="basis_missing")
    same = TaskList.objects.filter(place=place, kind=kind)
    if same.filter(state=ListState.DRAFT).exists():
        raise WrongState("这种清单已有一份在起草，请先完成或接着改那一份。", code="draft_open")
    version = (same.aggregate(top=Max("version"))["top"] or 0) + 1
    row = TaskList.objects.create(
        code=code_for("Q"),
        kind=kind,
        place=place,
        title=title.strip(),
        version=version,
        basis=basis.strip(),
        effective_from=effective_from,
        drafted_by=by.code,
    )
    last = same.filter(state=ListState.PUBLISHED).order_by("-version").first()
    if last is not None:
        for item in last.items.all():
            item.pk, item.task_list = None, row
            item.save()
    trail.record("mandates.list_drafted", row, by=by, facts={"kind": kind, "version": version})
    return row


@action("mandates.write_list", at="task_list")
def add_item(
    *,
    by: Actor,
    task_list: TaskList,
    title: str,
    matter: Matter | None = None,
    basis: str = "",
    owner: str = "",
    role: str = "",
    conditions: str = "",
) -> ListItem:
    """Add an item to a draft (添加事项).

    Raises:
        WrongState: the list is published; a change is a new version. BadInput: a title or a needed basis is missing.
    """
    _draft_only(task_list)
    if not title.strip():
        raise BadInput("请填写事项名称。", code="title_missing")
    if task_list.kind in (TaskList.Kind.PROOF, TaskList.Kind.ASSISTED) and not basis.strip():
        raise BadInput(
            f"“{title.strip()}”缺少法定依据：证明事项和协助事项都要写明法律、法规或国务院决定。", code="basis_missing"
        )
    number = (task_list.items.aggregate(top=Max("number"))["top"] or 0) + 1
    item = ListItem.objects.create(
        task_list=task_list,
        number=number,
        title=title.strip()[:80],
        matter=matter,
        basis=basis.strip()[:200],
        owner=owner.strip()[:60],
        role=role,
        conditions=conditions.strip()[:200],
    )
    trail.record("mandates.item_added", task_list, by=by, facts={"number": number, "title": item.title})
    return item


@action("mandates.write_list", at="task_list")
def drop_item(*, by: Actor, task_list: TaskList, number: int) -> None:
    """Take an item out of a draft (删除事项).

    Raises:
        WrongState: the list is published. BadInput: no such item.
    """
    _draft_only(task_list)
    item = task_list.items.filter(number=number).first()
    if item is None:
        raise BadInput("没有这个序号的事项。", code="no_item")
    title = item.title
    item.delete()
    trail.record("mandates.item_dropped", task_list, by=by, facts={"number": number, "title": title})


def _draft_only(task_list: TaskList) -> None:
    if task_list.state != ListState.DRAFT:
        raise WrongState("已公布的清单不能改动；需要调整时，请起草新版本。", code="wrong_state")


@action("mandates.publish", at="task_list")
def publish_list(*, by: Actor, task_list: TaskList, on: date | None = None) -> TaskList:
    """Publish a draft (公布清单) and open a ground for each item that lets somebody be asked.

    The version before ends on the day before this one takes effect, and its grounds with it.

    Raises:
        RuleBroken: it would take effect before it is published, or holds no item.
    """
    today = on or timezone.localdate()
    if task_list.effective_from < today:
        raise RuleBroken(
            f"清单要先公布、后施行：施行日期 {task_list.effective_from} 早于今天，请改为今天或以后。",
            code="effect_before_publication",
            facts={"effective_from": str(task_list.effective_from)},
        )
    items = list(task_list.items.select_related("matter"))
    if not items:
        raise RuleBroken("清单还没有事项，请先添加。", code="empty_list")
    move(task_list, LIST, "publish", published_on=today)
    effect = start_of(task_list.effective_from)
    before = TaskList.objects.filter(
        place_id=task_list.place_id, kind=task_list.kind, state=ListState.PUBLISHED, effective_to=None
    ).exclude(pk=task_list.pk)
    for old in before:
        old.effective_to = max(task_list.effective_from, old.effective_from)
        old.save(update_fields=["effective_to"])
        Ground.objects.filter(item__task_list=old, closed_at=None).update(valid_to=effect)
    if task_list.bearer:
        for item in items:
            write_ground(
                by=by,
                kind=Ground.Kind.LIST,
                bearer=task_list.bearer,
                place=task_list.place,
                ref=f"{task_list.title}第 {item.number} 项",
                matter=item.matter,
                item=item,
                valid_from=effect,
            )
    trail.record(
        "mandates.list_published",
        task_list,
        by=by,
        changes={"state": [ListState.DRAFT, ListState.PUBLISHED]},
        facts={"kind": task_list.kind, "version": task_list.version, "items": len(items)},
    )
    return task_list


@action("mandates.publish", at="task_list")
def end_list(*, by: Actor, task_list: TaskList, why: str) -> TaskList:
    """End a list (停用清单): its grounds close, open tasks stop, and their senders are told.

    Raises:
        BadInput: no reason. WrongState: not in force.
    """
    if not why.strip():
        raise BadInput("请写明停用原因。", code="why_missing")
    move(task_list, LIST, "end", effective_to=max(timezone.localdate(), task_list.effective_from))
    for ground in Ground.objects.filter(item__task_list=task_list, closed_at=None):
        shut_ground(ground, by=by, why=f"{task_list.title}已停用：{why.strip()}")
    trail.record("mandates.list_ended", task_list, by=by, note=why.strip())
    return task_list
