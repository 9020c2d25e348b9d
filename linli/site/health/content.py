"""What the database holds (数据内容): anchors, accounts, calendar, the clock against the last line of the trail."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from linli.areas.appeals.queries import suggested
from linli.commons.models import Place, Post
from linli.commons.roles import Role, clash
from linli.kit import anchor
from linli.kit.trail import ChainHead, Entry
from linli.site.commands.prepare import calendar_warning
from linli.site.health import OK, REFUSE, WARN, Finding, judged

DEMO_COUNTIES = {"429998": "江岭县", "439998": "澧川县"}
"""The two invented counties of the demo, by code."""
LATE_ANCHOR = timedelta(minutes=30)
CLOCK_SLACK = timedelta(minutes=2)


def look() -> list[Finding]:
    """Everything that is read from the tables."""
    return [anchors(), clock(), *accounts(), calendar(), classifier()]


def anchors() -> Finding:
    """The anchors: readable, and no older than the trail allows."""
    title = "库外锚点 anchors.txt"
    heads = ChainHead.objects.exclude(seq=0)
    if not heads.exists():
        return Finding("anchors", title, "还没有留痕")
    path = anchor.anchor_file()
    marks, faults = anchor.read_anchors()
    if faults:
        mend = "请运行 linli audit verify 查明，勿删改这个文件"
        return Finding("anchors", title, faults[0].message, REFUSE, mend)
    waiting = [head for head in heads if (head.unit, head.seq) not in marks]
    oldest = min(
        (entry.at for head in waiting for entry in Entry.objects.filter(unit=head.unit, seq=_next(marks, head.unit))),
        default=None,
    )
    if oldest is None:
        return Finding("anchors", title, f"{len(marks)} 个，已包含全部留痕")
    age = timezone.now() - oldest
    state = f"有 {age / timedelta(minutes=1):.0f} 分钟没有写入" if path.exists() else "文件不在"
    late = age > LATE_ANCHOR
    mend = "请先运行 linli audit verify，再运行 linli tick --once；平时由 linli serve 每 10 分钟写入"
    if not late:
        return Finding("anchors", title, f"{len(marks)} 个，最新留痕待写入", OK)
    return Finding("anchors", title, state, WARN if path.exists() else REFUSE, mend)


def _next(marks: dict[tuple[str, int], str], unit: str) -> int:
    """Number of the first line of a unit that no anchor covers."""
    return max((seq for held, seq in marks if held == unit), default=0) + 1


def clock() -> Finding:
    """The machine's clock: never behind the last line of the trail."""
    last = Entry.objects.order_by("-id").values_list("at", flat=True).first()
    now = timezone.now()
    state = f"{timezone.localtime(now):%Y-%m-%d %H:%M}，{settings.TIME_ZONE}"
    if last is not None and now < last - CLOCK_SLACK:
        behind = last - now
        mend = "时限和留痕会算错：请校准系统时间（timedatectl），确认后再启动"
        return Finding("clock", "系统时间", f"{state}，比最后一条留痕早 {behind}", REFUSE, mend)
    return Finding("clock", "系统时间", state)


def accounts() -> list[Finding]:
    """Accounts of the demo, and accounts that combine administrator roles."""
    demo = demo_users() or any(
        DEMO_COUNTIES[code] == name
        for code, name in Place.objects.filter(code__in=DEMO_COUNTIES).values_list("code", "name")
    )
    found = [
        judged(
            "demo.accounts",
            "演示数据",
            "有" if demo else "无",
            not demo or settings.LINLI_DEMO,
            "演示账号的密码是公开的：正式运行请用新的 LINLI_DATA 或数据库，不要在演示数据上继续",
        )
    ]
    held: dict[str, set[str]] = {}
    rows = Post.objects.filter(Post.current(), user__is_active=True)
    for username, role in rows.values_list("user__username", "role"):
        held.setdefault(username, set()).add(role)
    double = sorted(username for username, roles in held.items() if clash(roles))
    names = "、".join(double[:5])
    mend = "系统管理、安全管理、审计必须分给不同的人，也不兼其他岗位：请在“机构”页终止其中一个岗位"
    found.append(judged("admins", "管理员岗位兼任", names or "无", not double, mend))
    return found


def demo_users() -> bool:
    """Whether an active account is one of the demo's; false where the program came without the demo."""
    try:
        from demo import ACCOUNTS
    except ImportError:
        return False
    names = [row[0] for row in ACCOUNTS]
    return Post.objects.filter(Post.current(), user__username__in=names, user__is_active=True).exists()


def calendar() -> Finding:
    """Whether the working calendar covers the years that limits reach."""
    warning = calendar_warning(timezone.localdate())
    return judged(
        "calendar", "工作日历", "缺年份" if warning else "已覆盖当前时限所及的年份", not warning, warning, WARN
    )


def classifier() -> Finding:
    """The learnt model: usable, and speaking of matters that the catalogue knows. Without one the catalogue's words do."""
    title, name = "诉求分类模型", "appeals.model"
    held = suggested.learnt()
    if held.fault:
        mend = "现按事项目录的词给出建议，不影响收件和受理。请重新训练：linli appeals learn"
        return Finding(name, title, held.fault.rstrip("。"), WARN, mend)
    if held.model is None:
        return Finding(name, title, "没有，按事项目录的词给出建议")
    strange = suggested.unknown_labels(held.model)
    state = f"{held.model.about.get('rows', 0)} 件、{len(held.model.labels)} 类，训练于 {held.model.about.get('trained', '不详')}"
    if strange:
        state += f"；{len(strange)} 个类别不是本站的事项或大类：{'、'.join(strange[:5])}"
    mend = "对不上的类别不会用来建议事项。请把训练数据的类别改成事项目录里的名称，或运行 linli appeals learn"
    return judged(name, title, state, not strange, mend, WARN)


def needed() -> list[Finding]:
    """What a real installation cannot do without: somebody who administers accounts."""
    held = Post.objects.filter(Post.current(), role=Role.SYSTEM_ADMIN, user__is_active=True)
    count = held.values("user").distinct().count()
    mend = "还没有在任的系统管理员：请先初始化本县的机构和账号，见 docs/run.zh-CN.md"
    return [judged("administrator", "系统管理员", f"{count} 人" if count else "无", bool(count), mend)]
