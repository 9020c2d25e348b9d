"""The state of an installation (自检): each thing looked at is one finding with its mend. `linli check` shows them all.

`linli serve` starts only when nothing is refused. What stands in `ACCEPTABLE` may be run with nevertheless, when the
operator writes its key into LINLI_ACCEPT: a weak setting is then at least a labelled one, named at every start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

OK, WARN, REFUSE = "ok", "warn", "refuse"
ACCEPTABLE = frozenset(
    {
        "pg.fsync",
        "pg.full_page_writes",
        "pg.synchronous_commit",
        "sqlite.synchronous",
        "sqlite.journal_mode",
        "disk.kind",
    }
)
"""Findings about durability that an operator may answer for (落盘设置); nothing about secrets, accounts or versions."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at (检查结果).

    Args:
        key: short name for programs, `group.word`. title: what was looked at. state: what was found.
        level: `ok`, `warn` or `refuse`. mend: how to set it right; "" when nothing is wrong.
    """

    key: str
    title: str
    state: str
    level: str = OK
    mend: str = ""

    def line(self) -> str:
        """The finding as one line of text."""
        mark = {OK: "", WARN: "! ", REFUSE: "✗ "}[self.level]
        return f"{mark}{self.title}：{self.state}" + (f"。{self.mend}" if self.mend else "")


def judged(key: str, title: str, state: object, sound: bool, mend: str, level: str = REFUSE) -> Finding:
    """A finding that is fine when `sound`, and else of the level given, with its mend."""
    return Finding(key, title, str(state)) if sound else Finding(key, title, str(state), level, mend)


def accepted(findings: Iterable[Finding], keys: Iterable[str]) -> list[Finding]:
    """Findings with those that the operator answers for turned into warnings (已登记接受)."""
    known = ACCEPTABLE.intersection(keys)
    return [
        replace(one, level=WARN, mend="已由 LINLI_ACCEPT 登记接受，断电时可能丢失已确认的数据")
        if one.level == REFUSE and one.key in known
        else one
        for one in findings
    ]


def look(*, production: bool = False) -> list[Finding]:
    """Look at everything; Django must be set up and the database reachable.

    Args:
        production: also judge what only a real installation needs (hosts, administrator, closed data folder); otherwise
            these come as warnings.

    Raises: django.db.Error when the database cannot be reached.
    """
    from django.conf import settings
    from django.db import connection

    from linli.site.health import content, database, folder, law

    found = [*folder.look(), law.packs(), *database.look(connection)]
    waiting = [one for one in found if one.key in ("database.migrations", "database.version") and one.level == REFUSE]
    if not waiting:  # tables of another version cannot be asked
        found += content.look()
    found += folder.open_world(refuse=production)
    if production:
        found += folder.exposure()
        if not waiting:
            found += content.needed()
    return accepted(found, settings.LINLI_ACCEPT)
