"""Lists: draft, fill, publish before effect, end (清单)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Max, Q
from django.utils import timezone

from linli.areas.mandates.actions.grounds import shut_ground, write_ground
from linli.areas.mandates.flow import LIST, AdmissionState, ListState
from linli.areas.mandates.models import Admission, Ground, ListItem, Matter, Role, TaskList
from linli.commons.actor import Actor
from linli.commons.models import Place, code_for, plain
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, RuleBroken, WrongState
from linli.kit.flow import move
from linli.kit.scope import prefixes


def start_of(day: date) -> datetime:
    """Midnight at which a day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


@action("mandates.write_list")
def draft_list(*, by: Actor, place: Place, kind: str, title: str, basis: str, effective_from: date) -> TaskList:
    """Begin a new version of a list (起草清单); the items of the version in force are taken over.

    Items that an admission brought in are not: they follow when the draft is published, if their term still runs.

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
        for item in last.items.filter(admission=None):
            item.pk, item.task_list = None, row
            item.save()
    trail.record("mandates.list_drafted", row, by=by, facts={"kind": kind, "version": version})
    return row


@action("mandates.write_list", at="task_list")
def edit_list(*, by: Actor, task_list: TaskList, title: str, basis: str, effective_from: date) -> TaskList:
    """Change the head of a draft (修改草稿): its name, its basis, or the day it is to take effect.

    Raises:
        WrongState: the list is published; a change is a new version. BadInput: no name or no basis.
    """
    _draft_only(task_list)
    if not basis.strip() or not title.strip():
        raise BadInput("请写明清单名称和制定依据。", code="basis_missing")
    new = {"title": title.strip()[:80], "basis": basis.strip()[:200], "effective_from": effective_from}
    changes = {
        key: [plain(getattr(task_list, key)), plain(value)]
        for key, value in new.items()
        if getattr(task_list, key) != value
    }
    if not TaskList.objects.filter(pk=task_list.pk, state=ListState.DRAFT).update(**new):
        raise WrongState("这份清单刚刚公布了，不能再改；需要调整时，请起草新版本。", code="wrong_state")
    for key, value in new.items():
        setattr(task_list, key, value)
    trail.record("mandates.list_edited", task_list, by=by, changes=changes)
    return task_list


@dataclass(frozen=True)
class Row:
    """One item as it is typed or read from a file (一行事项). `line` is its line in the file, 0 when typed."""

    title: str
    matter: Matter | None = None
    basis: str = ""
    owner: str = ""
    role: str = ""
    conditions: str = ""
    line: int = 0


def item_faults(kind: str, row: Row, taken: set[str]) -> list[str]:
    """What is wrong with an item of a list of this kind, in Chinese; nothing when it may be added.

    Args:
        taken: titles that the list holds already.
    """
    found = []
    title = row.title.strip()
    if not title:
        return ["请填写事项名称。"]
    if title in taken:
        found.append(f"清单里已经有“{title}”，请合并或改名。")
    if kind in (TaskList.Kind.PROOF, TaskList.Kind.ASSISTED) and not row.basis.strip():
        found.append(f"“{title}”缺少法定依据：证明事项和协助事项都要写明法律、法规或国务院决定。")
    if row.role and row.role not in Role.values:
        found.append(f"“{title}”的协助方式请从六种中选一种：{'、'.join(str(name) for name in Role.labels)}。")
    for text, size, what in (
        (title, 80, "事项名称"),
        (row.basis, 200, "法定依据"),
        (row.owner, 60, "责任单位"),
        (row.conditions, 200, "业务指导与工作保障"),
    ):
        if len(text.strip()) > size:
            found.append(f"{what}超过 {size} 个字，请缩短。")
    return found


def _write_item(task_list: TaskList, number: int, row: Row) -> ListItem:
    return ListItem.objects.create(
        task_list=task_list,
        number=number,
        title=row.title.strip(),
        matter=row.matter,
        basis=row.basis.strip(),
        owner=row.owner.strip(),
        role=row.role,
        conditions=row.conditions.strip(),
    )


def _last_number(task_list: TaskList) -> int:
    top: int | None = task_list.items.aggregate(top=Max("number"))["top"]
    return top or 0


@action("mandates.write_list", at="task_list")
def import_items(*, by: Actor, task_list: TaskList, rows: Sequence[Row]) -> int:
    """Add many items to a draft at once (批量导入事项): all of them, or none.

    Raises:
        WrongState: the list is published. BadInput: some lines are wrong; each is named, and nothing was added.
    """
    _draft_only(task_list)
    if not rows:
        raise BadInput("文件里没有事项。请按模板填写后再导入。", code="empty_file")
    taken = set(task_list.items.values_list("title", flat=True))
    faults = []
    for row in rows:
        faults += [f"第 {row.line} 行：{fault}" for fault in item_faults(task_list.kind, row, taken)]
        taken.add(row.title.strip())
    if faults:
        raise BadInput(
            f"有 {len(faults)} 处需要改，一行也没有导入。请改好文件再导入一次。",
            code="bad_rows",
            facts={"rows": faults},
        )
    last = _last_number(task_list)
    for step, row in enumerate(rows, start=1):
        _write_item(task_list, last + step, row)
    trail.record("mandates.items_imported", task_list, by=by, facts={"count": len(rows), "from_number": last + 1})
    return len(rows)


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
        WrongState: the list is published; a change is a new version.
        BadInput: a title or a needed basis is missing, the title stands there already, or something is too long.
    """
    _draft_only(task_list)
    row = Row(title, matter, basis, owner, role, conditions)
    faults = item_faults(task_list.kind, row, set(task_list.items.values_list("title", flat=True)))
    if faults:
        raise BadInput("".join(faults), code="bad_item")
    number = _last_number(task_list) + 1
    item = _write_item(task_list, number, row)
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
    """Publish a draft (公布清单), its items numbered without gaps, and open a ground for each that lets somebody be asked.

    Every version before stops on the day on which this one takes effect (`effective_to` is the first day without it),
    and its grounds with it.

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
    for number, item in enumerate(items, start=1):  # items taken out of the draft left gaps
        if item.number != number:
            item.number = number
            item.save(update_fields=["number"])
    move(task_list, LIST, "publish", published_on=today)
    effect = start_of(task_list.effective_from)
    before = TaskList.objects.filter(
        Q(effective_to=None) | Q(effective_to__gt=task_list.effective_from),
        place_id=task_list.place_id,
        kind=task_list.kind,
        state=ListState.PUBLISHED,
    ).exclude(pk=task_list.pk)
    for old in before:
        old.effective_to = max(task_list.effective_from, old.effective_from)
        old.save(update_fields=["effective_to"])
        admitted = list(old.items.exclude(admission=None).select_related("matter", "admission__place"))
        runs_longer = Q(valid_to=None) | Q(valid_to__gt=effect)
        Ground.objects.filter(runs_longer, item__task_list=old, closed_at=None).update(valid_to=effect)
        _carry_over(admitted, task_list, by=by, effect=effect)
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


def admit_item(admission: Admission) -> ListItem:
    """Enter an admitted task in the grid list in force at its place (准入列入清单), HN 13(2).

    Raises: RuleBroken where no grid list is in force.
    """
    today = timezone.localdate()
    task_list = (
        TaskList.objects.select_for_update()
        .filter(
            Q(effective_to=None) | Q(effective_to__gt=today),
            kind=TaskList.Kind.GRID,
            state=ListState.PUBLISHED,
            effective_from__lte=today,
            place_id__in=prefixes(admission.place_id),
        )
        .order_by("-place_id", "-version")
        .first()
    )
    if task_list is None:
        raise RuleBroken(
            "这里没有施行中的网格化服务管理事项清单，网格只能承担清单内的事项。请先公布网格清单，再公布这项准入。",
            code="no_grid_list",
        )
    return ListItem.objects.create(
        task_list=task_list,
        number=_last_number(task_list) + 1,
        title=admission.title,
        matter=admission.matter,
        basis=admission.basis,
        owner=admission.applicant.name,
        role=admission.role,
        conditions=f"{admission.guidance}；{admission.conditions}"[:200],
        admission=admission,
    )


def _carry_over(admitted: Sequence[ListItem], task_list: TaskList, *, by: Actor, effect: datetime) -> None:
    """Take items that admissions brought into the version before over into this one, as far as their terms run on."""
    for item in admitted:
        admission = item.admission
        assert admission is not None and admission.term_to is not None
        runs = admission.state == AdmissionState.PUBLISHED and admission.term_to >= task_list.effective_from
        if runs and not task_list.items.filter(admission=admission).exists():
            item.pk, item.task_list, item.number = None, task_list, _last_number(task_list) + 1
            item.save()
            open_admitted(item, by=by, valid_from=effect)


def open_admitted(item: ListItem, *, by: Actor, valid_from: datetime) -> None:
    """Open the ground of an item that an admission brought in: at the admission's place, until its term ends."""
    admission = item.admission
    # The database holds the term for published admissions.
    assert admission is not None and admission.term_from is not None and admission.term_to is not None
    write_ground(
        by=by,
        kind=Ground.Kind.LIST,
        bearer=admission.bearer,
        place=admission.place,
        ref=f"{item.task_list.title}第 {item.number} 项（准入 {admission.code}）",
        matter=item.matter,
        item=item,
        admission=admission,
        valid_from=max(valid_from, start_of(admission.term_from)),
        valid_to=start_of(admission.term_to + timedelta(days=1)),
    )


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
