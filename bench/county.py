"""What the scripts here share: a county of 100 communities in a database of its own, and CPU time measured in turn.

Not a script. Figures are CPU milliseconds: the time of day depends on who else uses the machine.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
COUNTY = "429999"
TROUBLES = (
    ("路灯照明", "楼下的路灯坏了{n}天，晚上很黑，老人出门看不清路，请派人来修。"),
    ("路灯照明", "从东门到菜场这一段有{n}盏路灯不亮，学生晚自习回家很不安全。"),
    ("噪声", "对面工地夜里{n}点还在施工，吵得孩子睡不着，打过电话没有人管。"),
    ("垃圾", "垃圾桶满了{n}天没有清运，天热气味很大，苍蝇很多，希望尽快处理。"),
    ("停水", "我们这栋楼已经停水{n}个小时，物业说不清楚什么时候来水，请问是什么原因？"),
    ("停车", "小区通道被外来车辆占满，{n}号楼的消防通道也停了车，请协调解决。"),
    ("物业", "物业公司收了电梯维修的钱，电梯却坏了{n}次，投诉多次没有答复。"),
    ("低保", "我家老人{n}十岁，行动不便，想咨询高龄补贴怎么办理，需要哪些材料。"),
    ("道路", "路面有一个大坑，下雨积水，已经有{n}个人摔倒，请尽快修补。"),
    ("建议", "建议在活动中心增设{n}台健身器材，方便老年人锻炼。"),
)
"""What residents write about, and how; `{n}` is a number."""


@contextmanager
def installation() -> Iterator[None]:
    """Django on a temporary data folder, with an empty database: SQLite there, or the PostgreSQL that LINLI_DB names."""
    folder = tempfile.mkdtemp(prefix="linli-bench-")
    os.environ["LINLI_DATA"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "linli.site.settings"
    try:
        import django
        from django.core.management import call_command

        django.setup()
        from django.apps import apps
        from django.db import connection

        if set(connection.introspection.table_names()) & {model._meta.db_table for model in apps.get_models()}:
            raise SystemExit("LINLI_DB must name an empty database.")
        call_command("migrate", verbosity=0)
        yield
        connection.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def words(dice: random.Random) -> str:
    """What a resident might write: 30 to 300 characters."""
    place = f"第{dice.randrange(100) + 1}社区{dice.randrange(1, 40)}栋"
    parts = [dice.choice(TROUBLES)[1].format(n=dice.randrange(2, 10)) for _ in range(dice.choice((1, 1, 1, 2, 4)))]
    return f"{place}：" + "".join(parts)


def found() -> None:
    """Found the county: streets, communities, bodies, people, limits, working days, matters; all by the plainest rows."""
    from linli.areas.mandates.actions.catalogue import sync_matters
    from linli.commons.models import Body, Place, Post, Setting, User
    from linli.commons.roles import Role
    from linli.commons.workdays import seed_years
    from linli.law.load import load_pack

    sync_matters()
    seed_years(range(2025, 2028))
    streets = [(f"{COUNTY}{n + 1:03d}", f"第{n + 1}街道", "street") for n in range(10)]
    communities = [(f"{COUNTY}{n // 10 + 1:03d}{n % 10 + 1:03d}", f"第{n + 1}社区", "community") for n in range(100)]
    above = [("42", "某省", "province"), ("4299", "某市", "city"), (COUNTY, "某县", "county")]
    Place.objects.bulk_create(
        Place(code=code, name=name, level=level) for code, name, level in [*above, *streets, *communities]
    )
    bodies = [
        Body(code=f"{COUNTY}-hotline", name="12345 热线中心", kind="hotline", place_id=COUNTY),
        Body(code=f"{COUNTY}-urban", name="城市管理局", kind="department", place_id=COUNTY, duty="urban_mgmt"),
        *(Body(code=f"{COUNTY}-d{n}", name=f"第{n}部门", kind="department", place_id=COUNTY) for n in range(1, 20)),
        *(Body(code=f"{code}-street", name=f"{name}办事处", kind="street", place_id=code) for code, name, _ in streets),
        *(
            Body(code=f"{code}-committee", name=f"{name}居民委员会", kind="committee", place_id=code)
            for code, name, _ in communities
        ),
    ]
    Body.objects.bulk_create(bodies)
    held = (
        ("hotline", f"{COUNTY}-hotline", Role.HOTLINE),
        ("department", f"{COUNTY}-urban", Role.DEPARTMENT),
        ("street", f"{streets[0][0]}-street", Role.STREET),
        ("committee", f"{communities[0][0]}-committee", Role.COMMITTEE),
    )
    for username, body, role in held:
        user = User.objects.create_user(username, username, "correct horse 42")
        Post.objects.create(user=user, body=Body.objects.get(code=body), role=role, from_on="2025-01-01")
    for preset in load_pack("national").presets[:1]:
        for row in preset.limits:
            Setting.objects.create(
                place_id=COUNTY,
                key=row.key,
                value={"amount": row.amount, "unit": row.unit},
                source=preset.label,
                set_by="installer",
            )


def fill(count: int, *, first: int = 0, batch: int = 5000) -> None:
    """Give the county appeals of the last 80 days: nine of ten ended; each with its clocks, trail and notice.

    Args:
        first: how many there are already.
    """
    from django.utils import timezone

    from linli.areas.appeals import queries
    from linli.areas.appeals.flow import State
    from linli.areas.appeals.models import Appeal
    from linli.areas.mandates.models import Matter
    from linli.commons.actor import RESIDENT
    from linli.commons.models import Body, Place
    from linli.kit import trail
    from linli.kit.clock import Clock
    from linli.kit.notices.models import Notice

    dice, now = random.Random(311), timezone.now()
    names = queries.locator_of(COUNTY)
    samples = [words(dice) for _ in range(500)]
    thoughts = [queries.suggest(text, county=COUNTY, names=names) for text in samples]
    matters = set(Matter.objects.values_list("code", flat=True))
    places = list(Place.objects.filter(level="community").values_list("code", flat=True))
    ids = dict(Body.objects.filter(kind="department").values_list("code", "pk"))
    holders, Concerned = list(ids), Appeal.concerned.through
    running = (State.RECEIVED, State.ACCEPTED, State.HANDLING, State.HANDLING, State.ANSWERED)
    for start in range(first, first + count, batch):
        rows: list[Appeal] = []
        clocks: list[Clock] = []
        drafts: list[trail.Draft] = []
        notices: list[Notice] = []
        for n in range(start, min(start + batch, first + count)):
            pick, place = dice.randrange(len(samples)), dice.choice(places)
            text, thought = samples[pick], thoughts[pick]
            at = now - timedelta(seconds=dice.randrange(80 * 86_400))
            state = State.CLOSED if dice.random() < 0.9 else dice.choice(running)
            matter = thought.get("matter")
            rows.append(
                Appeal(
                    number=f"261122{n:08d}",
                    code_hash=f"{n:064x}",
                    county_id=COUNTY,
                    place_id=place,
                    channel="web",
                    kind=thought["kind"] or "求助",
                    matter_id=matter if matter in matters and state != State.RECEIVED else None,
                    suggestion=thought,
                    title=text[:30],
                    text=text,
                    filed_by="resident",
                    filed_at=at,
                    state=state,
                    handler_id=dice.choice(holders) if state in (State.HANDLING, State.CLOSED) else None,
                    ended_at=at + timedelta(days=5) if state == State.CLOSED else None,
                )
            )
            clocks += [
                Clock(
                    subject=f"appeal:261122{n:08d}",
                    name=name,
                    place=place,
                    started_at=at,
                    amount=5,
                    due_at=at + timedelta(days=7),
                    stopped_at=at + timedelta(days=4) if state == State.CLOSED else None,
                )
                for name in ("case", queries.CLOCK_OF.get(state, "handle"))
            ]
            drafts.append(trail.Draft(RESIDENT, "appeals.filed", f"appeal:261122{n:08d}", place, at=at))
            notices.append(
                Notice(
                    channel="desk",
                    body=f"{COUNTY}-hotline",
                    place=place,
                    subject=f"appeal:261122{n:08d}",
                    text="新诉求待受理",
                    sent_at=at,
                    read_at=None if state == State.RECEIVED else at,
                )
            )
        Appeal.everything.bulk_create(rows, batch_size=2000)
        held = (Concerned(appeal_id=row.pk, body_id=ids[row.handler_id]) for row in rows if row.handler_id)
        Concerned.objects.bulk_create(held, batch_size=2000)
        Clock.objects.bulk_create(clocks, batch_size=2000)
        Notice.objects.bulk_create(notices, batch_size=2000)
        trail.write(drafts)
    settle()


def grow(times: int) -> None:
    """Make the county's appeals so many times as many, by copying the rows of `fill` inside the database.

    Numbers and places in the chain are new, everything else is as it was; the chain of the trail does not hold afterwards.
    """
    from django.db import connection, models, transaction

    from linli.areas.appeals.models import Appeal
    from linli.kit.clock import Clock
    from linli.kit.notices.models import Notice
    from linli.kit.trail import ChainHead, Entry

    def copied(model: type[models.Model], **changed: str) -> str:
        names = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
        values = ", ".join(changed.get(name, name) for name in names)
        column = "number" if model is Appeal else "subject"
        start = "" if model is Appeal else "appeal:"
        return (
            f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) SELECT {values}"
            f" FROM {model._meta.db_table} WHERE {column} LIKE '{start}26112200%'"
        )

    held = Appeal.concerned.through._meta.db_table
    for copy in range(1, times):
        with transaction.atomic(), connection.cursor() as cursor:
            number = f"replace(number, '261122', '2611{copy:02}')"
            subject = f"replace(subject, ':261122', ':2611{copy:02}')"
            cursor.execute(copied(Appeal, number=number))
            for model in (Clock, Notice):
                cursor.execute(copied(model, subject=subject))
            cursor.execute(f"SELECT max(seq) FROM {Entry._meta.db_table}")
            (last,) = cursor.fetchone()
            cursor.execute(copied(Entry, subject=subject, seq=f"seq + {last}"))
            cursor.execute(
                f"INSERT INTO {held} (appeal_id, body_id) SELECT b.id, h.body_id FROM {held} h"
                " JOIN appeals_appeal a ON a.id = h.appeal_id"
                f" JOIN appeals_appeal b ON b.number = replace(a.number, '261122', '2611{copy:02}')"
                " WHERE a.number LIKE '26112200%'"
            )
            cursor.execute(f"UPDATE {ChainHead._meta.db_table} SET seq = (SELECT max(seq) FROM {Entry._meta.db_table})")
    settle()


def settle() -> None:
    """Let PostgreSQL count its rows, as its autovacuum would have done by then; SQLite keeps no statistics of its own."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of one run: this process, and the database server's processes (None: not readable)."""

    own: float
    server: float | None

    @property
    def total(self) -> float:
        """Both together."""
        return self.own + (self.server or 0.0)


class Server:
    """The processes of the PostgreSQL server, when it runs on this machine and may be looked at."""

    def __init__(self) -> None:
        from django.db import connection

        self.postmaster: int | None = None
        self.said = "SQLite, inside this process"
        if connection.vendor != "postgresql":
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), version()")
            backend, version = cursor.fetchone()
        try:
            self.postmaster = int(_stat(backend)[1])
            self.said = f"{version.split(' (')[0].split(' on ')[0]}, processes of the server {self.postmaster}"
        except (OSError, ValueError, IndexError):
            self.said = "PostgreSQL, its processes are not readable from here: server CPU is NOT counted"

    def milliseconds(self) -> float | None:
        """CPU time that all processes of the server have taken so far; None when there is none to read."""
        if self.postmaster is None:
            return None
        total = 0.0
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = _stat(int(entry.name))
                if int(fields[1]) == self.postmaster:
                    total += _spent(int(entry.name), fields)
            except (OSError, ValueError, IndexError):  # it ended just now
                continue
        return total


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the name: state, parent, and so on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _spent(pid: int, fields: list[str]) -> float:
    """CPU milliseconds of a process, from the scheduler in nanoseconds, else in ticks of 10 ms."""
    ticks = (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
    try:
        exact = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    except (OSError, ValueError, IndexError):
        return ticks
    return exact if exact >= ticks / 2 else ticks  # a kernel without these figures gives 0


def measure(
    runs: dict[str, Callable[[], Any]], rounds: int, *, calls: int = 10, server: Server | None = None
) -> dict[str, Cost]:
    """Median cost of one call of each, taken in turn, so that a busy moment of the machine falls on all of them.

    Args:
        rounds: how often each has its turn. calls: how many calls make one turn, for the server's clock may be coarse.
    """
    own: dict[str, list[float]] = {name: [] for name in runs}
    theirs: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            before = server.milliseconds() if server else None
            start = time.process_time()
            for _ in range(calls):
                run()
            own[name].append((time.process_time() - start) * 1000 / calls)
            after = server.milliseconds() if server else None
            if before is not None and after is not None:
                theirs[name].append((after - before) / calls)
    return {
        name: Cost(statistics.median(own[name]), statistics.median(theirs[name]) if theirs[name] else None)
        for name in runs
    }


def conditions(rows: int, rounds: int, calls: int, server: Server) -> str:
    """Under which conditions the figures were taken."""
    load = " ".join(f"{part:.1f}" for part in os.getloadavg())
    day = time.strftime("%Y-%m-%d", time.localtime())
    return (
        f"{day}, {rows:,} appeals, median of {rounds} turns of {calls} calls, CPU ms a call, {os.cpu_count()} CPUs, "
        f"load before {load}\ndatabase: {server.said}"
    )


def table(costs: dict[str, Cost]) -> str:
    """The figures as lines."""
    lines = [f"  {'':36} {'process':>8} {'server':>8} {'total':>8}"]
    for name, cost in costs.items():
        server = "–" if cost.server is None else f"{cost.server:.2f}"
        lines.append(f"  {name:36} {cost.own:8.2f} {server:>8} {cost.total:8.2f}")
    return "\n".join(lines)
