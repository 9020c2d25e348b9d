"""Importing a hotline's file: nothing half done, nothing twice, nothing lost, and every refusal in words."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.areas.appeals.actions import import_rows, imports
from linli.areas.appeals.flow import State
from linli.areas.appeals.models import Appeal, ImportRecord
from linli.areas.appeals.pages import desk_import
from linli.commons.actor import SYSTEM
from linli.commons.settings import set_setting
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, NotAllowed
from linli.kit.notices.models import Notice
from linli.kit.tables import read_table
from linli.site import cli
from linli.site import urls as site_urls
from tests.cast import Town

HEAD = ("工单号", "标题", "诉求内容", "来电时间", "来电人", "联系电话", "地址", "类型", "类别")


def line(n: int, **more: str) -> tuple[str, ...]:
    values = {
        "工单号": f"RX{n:05d}",
        "标题": f"路灯不亮 {n}",
        "诉求内容": f"滨江社区 {n} 栋楼下路灯坏了，晚上很黑。",
        "来电时间": "2026-01-05 09:30",
        "来电人": "李梅",
        "联系电话": "00000000001",
        "地址": f"{n} 栋",
        "类型": "求助",
        "类别": "路灯照明",
    } | more
    return tuple(values[name] for name in HEAD)


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD, encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode(encoding)


def take(town: Town, raw: bytes, kind: str = "open", source: str = "12345", by: Any = SYSTEM) -> imports.Outcome:
    checked = imports.check_table(read_table(raw), source=source)
    return imports.import_appeals(
        by=by, county=town.county, checked=checked, kind=kind, filename="热线.csv", raw=raw, source=source
    )


def counts(outcome: imports.Outcome) -> tuple[int, int, int, int]:
    return outcome.read, outcome.created, outcome.same, outcome.rejected


def test_open_rows_come_in_as_appeals_to_be_accepted(town: Town) -> None:
    set_setting(by=town.lead, place=town.county, key="appeals.accept", value={"amount": 2, "unit": "working_days"})
    raw = table([line(n) for n in range(450)])
    assert counts(take(town, raw)) == (450, 450, 0, 0)
    assert counts(take(town, raw)) == (450, 0, 450, 0)
    row = Appeal.objects.get(source="12345", source_key="RX00007")
    assert (row.state, row.channel, row.kind, row.matter_id) == (
        State.RECEIVED,
        "import",
        "求助",
        town.matter("路灯照明").code,
    )
    assert (row.reporter_name, row.reporter_contact, row.place_text) == ("李梅", "00000000001", "7 栋")
    assert f"{timezone.localtime(row.filed_at):%Y-%m-%d %H:%M}" == "2026-01-05 09:30"
    assert not row.confirmed and row.suggestion["place"] == town.community.code and row.shown
    clocks = Clock.objects.filter(subject=row.trail_key, stopped_at=None)
    assert {clock.name: bool(clock.due_at) for clock in clocks} == {"case": False, "accept": True}
    assert Clock.objects.count() == 900
    assert trail.Entry.objects.filter(verb="appeals.filed").count() == 450
    notices = Notice.objects.filter(body=town.bodies["hotline"].code)
    assert [notice.text for notice in notices] == ["导入了 450 件新诉求，待受理。"]
    record = ImportRecord.objects.get()
    assert record.completed_at is not None and (record.total, record.created) == (450, 450)
    assert list(trail.verify()) == []


def test_history_has_no_clock_no_notice_and_one_line_per_batch(hubei: Town) -> None:
    raw = table([line(n, 诉求内容="燃气泄漏，味道很大") for n in range(401)])
    assert counts(take(hubei, raw, kind="history")) == (401, 401, 0, 0)
    assert set(Appeal.objects.values_list("state", flat=True)) == {State.HISTORY}
    assert not Clock.objects.exists() and not Notice.objects.exists()
    verbs = list(trail.Entry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["appeals.import_started", *["appeals.imported"] * 3, "appeals.import_completed"]


def test_urgent_ones_are_told_to_the_desk(hubei: Town) -> None:
    take(hubei, table([line(1), line(2, 诉求内容="楼道燃气泄漏，快来人")]))
    assert Notice.objects.get().text == "导入了 2 件新诉求，待受理，其中 1 件疑似危及安全，请先处理。"


@pytest.mark.parametrize("killed_at", [1, 2, 3])
def test_an_import_that_was_cut_off_goes_on(hubei: Town, monkeypatch: pytest.MonkeyPatch, killed_at: int) -> None:
    raw = table([line(n) for n in range(500)])
    seen = 0
    real = Appeal.everything.bulk_create

    def dying(rows: Any, *args: Any, **more: Any) -> Any:
        nonlocal seen
        seen += 1
        done = real(rows, *args, **more)
        if seen == killed_at:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(Appeal.everything, "bulk_create", dying)
    with pytest.raises(KeyboardInterrupt):
        take(hubei, raw)
    assert Appeal.everything.count() == 200 * (killed_at - 1)
    assert Appeal.objects.count() == 0 and not Clock.objects.exists() and not Notice.objects.exists()
    assert counts(take(hubei, raw)) == (500, 500, 0, 0)
    assert Appeal.objects.count() == Appeal.everything.count() == 500
    assert set(Appeal.objects.values_list("source_key", flat=True)) == {f"RX{n:05d}" for n in range(500)}
    assert Clock.objects.count() == 1000 and Notice.objects.count() == 1
    assert trail.Entry.objects.filter(verb="appeals.filed").count() == 500
    record = ImportRecord.objects.get()
    assert record.created == 500 and list(trail.verify()) == []


def test_a_cut_at_the_very_end_shows_nothing_until_all_is_done(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = table([line(n) for n in range(3)])
    with monkeypatch.context() as patch:
        patch.setattr(imports, "_tell_desk", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take(hubei, raw)
    assert (Appeal.everything.count(), Appeal.objects.count(), Clock.objects.count()) == (3, 0, 0)
    assert counts(take(hubei, raw)) == (3, 3, 0, 0)
    assert (Appeal.objects.count(), Clock.objects.count(), Notice.objects.count()) == (3, 6, 1)


def test_rows_hidden_in_an_import_never_resumed_are_taken_over(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(imports, "finish_import", lambda **_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take(hubei, table([line(n) for n in range(3)]), kind="history")
    assert counts(take(hubei, table([line(n) for n in range(1, 5)]))) == (4, 4, 0, 0)
    assert Appeal.objects.filter(state=State.RECEIVED).count() == 4
    assert Appeal.everything.filter(shown=False).count() == 1
    assert Clock.objects.count() == 8


def test_an_appeal_that_comes_in_meanwhile_is_not_doubled(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Appeal.everything.bulk_create
    raced: list[bool] = []

    def racing(rows: Any, *args: Any, **more: Any) -> Any:
        if not raced:
            raced.append(True)
            hubei.file(source="12345", source_key="RX00001")
        return real(rows, *args, **more)

    monkeypatch.setattr(Appeal.everything, "bulk_create", racing)
    raw = table([line(0), line(1), line(2)])
    # the rival's row is written in the batch's own transaction here, so it falls with it; the second look finds none
    assert counts(take(hubei, raw)) == (3, 3, 0, 0)
    assert Appeal.objects.count() == 3


def test_two_files_share_what_they_share(hubei: Town) -> None:
    take(hubei, table([line(n) for n in range(5)]))
    assert counts(take(hubei, table([line(n) for n in range(3, 9)]))) == (6, 4, 2, 0)
    assert counts(take(hubei, table([line(1)]), source="另一平台")) == (1, 1, 0, 0)


def test_rows_without_a_number_are_known_by_their_whole_content(hubei: Town) -> None:
    head, rows = ("内容", "时间"), [("路灯坏了", "2026-1-5"), ("路灯坏了", "2026-1-6"), ("路灯坏了", "2026-1-5")]
    assert counts(take(hubei, table(rows, head))) == (3, 2, 1, 0)
    assert counts(take(hubei, table(rows[::-1], head))) == (3, 0, 3, 0)


def test_numbers_never_collide(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(["1", "1", "2", "2", "3", "1", "4", "5", "6"])
    hubei.file()
    Appeal.everything.update(number="2")
    monkeypatch.setattr(imports, "new_number", lambda: next(numbers))
    assert imports.free_numbers(3) == ["1", "3", "4"]


def test_a_long_heading_is_kept_whole_in_the_text(hubei: Town) -> None:
    take(hubei, table([line(1, 标题="长" * 100)]))
    row = Appeal.objects.get()
    assert len(row.title) == 80 and row.text.startswith("长" * 100 + "\n滨江社区")


def test_bad_rows_are_named_with_line_and_reason(hubei: Town) -> None:
    rows = [
        line(1),
        line(2, 诉求内容=" "),
        line(3, 来电时间="5/1/2026"),
        line(4, 工单号="4.2E+17"),
        line(1, 诉求内容="别的内容"),
        line(6, 联系电话="0" * 61),
        line(7, 诉求内容="甲\x00乙"),
        (*line(8), "多出一格"),
        line(9, 地址="长" * 121),
    ]
    found = imports.check_table(read_table(table(rows))).faults
    assert [fault.line for fault in found] == [3, 4, 5, 6, 7, 8, 9, 10]
    words = (
        "没有诉求内容",
        "时间看不懂",
        "科学计数法",
        "第 2 行相同",
        "超过 60 字",
        "NUL",
        "列数比表头多",
        "超过 120 字",
    )
    for fault, word in zip(found, words, strict=True):
        assert word in str(fault), fault


def run(words: list[str]) -> int:
    """`linli appeals import` with these words; a usage that the parser refuses is an exit code like any other."""
    try:
        return cli.main(["appeals", "import", *words])
    except SystemExit as stopped:
        return int(stopped.code or 0)


def write(tmp_path: Path, raw: bytes, name: str = "热线.csv") -> str:
    (tmp_path / name).write_bytes(raw)
    return str(tmp_path / name)


def test_the_command_writes_nothing_while_a_row_is_bad(hubei: Town, tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, gzip.compress(table([line(1), line(2, 诉求内容="")], encoding="gbk")), "热线.csv.gz")
    county = ["--county", hubei.county.code]
    assert run([path, *county, "--json"]) == 1
    out = capsys.readouterr()
    assert json.loads(out.out) == {"read": 2, "created": 0, "same": 0, "rejected": 1}
    assert "第 3 行：没有诉求内容。" in out.err and "--skip-bad" in out.err
    assert not Appeal.everything.exists() and not ImportRecord.objects.exists()
    assert run([path, *county, "--skip-bad", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"read": 2, "created": 1, "same": 0, "rejected": 1}
    assert run([path, *county, "--skip-bad"]) == 0
    assert "新增 0 件（待受理的诉求），已有 1 件，跳过 1 行" in capsys.readouterr().out
    assert Appeal.objects.get().source == "热线导入"


def test_columns_are_mapped_by_hand(hubei: Town, tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, table([("路灯坏了", "噪音很大", "x")], ("甲", "内容", "丙=丁")))
    county = ["--county", hubei.county.code]
    assert run([path, *county, "--map", "甲=text", "--map", "内容=-", "--map", "丙=丁=number", "--as", "history"]) == 0
    row = Appeal.objects.get()
    assert (row.text, row.source_key) == ("路灯坏了", "x")
    for wrong, word in (
        (["--map", "乙=text"], "没有“乙”这一列"),
        (["--map", "甲=texte"], "没有“texte”这个字段"),
        (["--map", "甲"], "--map 要写成"),
        (["--map", "内容=-"], "没有找到诉求内容的列"),
        (["--as", "x"], "没有“x”，可选"),
        (["--source", "长" * 61], "60 字以内"),
    ):
        assert run([path, *county, *wrong]) == 2
        assert word in capsys.readouterr().err


def test_the_county_must_be_said_when_there_are_several(hubei: Town, tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path, table([line(1)]))
    assert run([path]) == 2
    words = capsys.readouterr().err
    assert hubei.county.code in words and "外县" in words
    assert run([path, "--county", hubei.community.code]) == 2
    assert run([path, "--county", "县\ud800"]) == 2
    assert run(["没有.csv", "--county", hubei.county.code]) == 2
    assert "打不开文件" in capsys.readouterr().err
    type(hubei.county).objects.filter(name="外县").update(level="city")
    assert run([path]) == 0


def test_only_posts_with_the_power_import_and_only_at_home(hubei: Town) -> None:
    raw = table([line(1)])
    for actor in (hubei.street_desk, hubei.department, hubei.outsider, hubei.resident):
        with pytest.raises(NotAllowed):
            take(hubei, raw, by=actor)
    assert take(hubei, raw, by=hubei.hotline).created == 1
    with pytest.raises(BadInput):
        take(hubei, raw, kind="draft")
    hubei.county = hubei.street
    with pytest.raises(BadInput):
        take(hubei, raw)


def test_a_batch_asks_the_same_few_queries_whatever_its_size(hubei: Town, django_assert_num_queries: Any) -> None:
    from django.db import connection

    sizes = []
    for count in (10, 150):
        raw = table([line(n, 工单号=f"{count}-{n}") for n in range(count)])
        with CaptureQueriesContext(
            connection,
        ) as seen:
            take(hubei, raw, kind="history")
        sizes.append(len(seen))
    assert sizes[1] <= sizes[0] + 4  # SQLite splits long INSERTs


@pytest.mark.slow
def test_kill_9_in_the_midst_loses_and_doubles_nothing(tmp_path: Path) -> None:
    raw = table([line(n) for n in range(2000)])
    path = write(tmp_path, raw)
    env = os.environ | {"LINLI_DATA": str(tmp_path / "data"), "DJANGO_SETTINGS_MODULE": "linli.site.settings"}
    env.pop("LINLI_DB", None)
    root = Path(__file__).parents[3]
    code = "import django; django.setup()\nfrom tests import cast\n"
    seed = "from django.core.management import call_command as c\nc('migrate', verbosity=0, skip_checks=True)\ncast.make_town('42')"
    subprocess.run([sys.executable, "-c", code + seed], env=env, cwd=root, check=True, timeout=120)
    command = [sys.executable, "-m", "linli.site.cli", "appeals", "import", path, "--county", "429999", "--json"]
    count = (
        "from linli.areas.appeals.models import Appeal as A\nfrom linli.kit import trail\nfrom linli.kit.clock import Clock as C\n"
        "print(A.everything.count(), A.objects.count(), C.objects.count(), len(list(trail.verify())))"
    )

    def state() -> tuple[int, ...]:
        done = subprocess.run(
            [sys.executable, "-c", code + count], env=env, cwd=root, check=True, timeout=120, capture_output=True
        )
        return tuple(int(word) for word in done.stdout.split())

    process = subprocess.Popen(command, env=env, cwd=root, stdout=subprocess.PIPE)
    written = 0
    database = f"file:{tmp_path / 'data' / 'linli.sqlite3'}?mode=ro"
    for _ in range(600):
        time.sleep(0.05)
        with closing(sqlite3.connect(database, uri=True, timeout=5)) as reader:
            written = reader.execute("SELECT count(*) FROM appeals_appeal").fetchone()[0]
        if written:
            break
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    written, shown, clocks, faults = state()
    assert 0 < written < 2000 and written % 200 == 0, "the kill came too late or too early to prove anything"
    assert (shown, clocks, faults) == (0, 0, 0)
    done = subprocess.run(command, env=env, cwd=root, check=True, timeout=120, capture_output=True)
    assert json.loads(done.stdout) == {"read": 2000, "created": 2000, "same": 0, "rejected": 0}
    assert state() == (2000, 2000, 4000, 0)


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(ANY, ANY, ANY, ANY), min_size=1, max_size=6), kind=st.sampled_from(("open", "history")))
def test_no_row_breaks_the_import(hubei: Town, rows: list[tuple[str, ...]], kind: str) -> None:
    raw = table(rows, ("内容", "时间", "编号", "标题"))
    try:
        found = read_table(raw)
    except BadInput as refused:
        assert refused.message
        return
    checked = imports.check_table(found)
    before = Appeal.objects.count()
    outcome = imports.import_appeals(by=SYSTEM, county=hubei.county, checked=checked, kind=kind, filename="x", raw=raw)
    assert outcome.read == outcome.created + outcome.same + outcome.rejected
    assert Appeal.objects.count() == before + outcome.created
    again = imports.import_appeals(by=SYSTEM, county=hubei.county, checked=checked, kind=kind, filename="x", raw=raw)
    assert again.created == 0


def test_every_field_has_a_name_for_people() -> None:
    assert set(import_rows.LABELS) == set(import_rows.NAMES)


@pytest.fixture
def pages(settings: Any, tmp_path: Path) -> Any:
    """The pages of the import, mounted as the site mounts them, with a data folder of their own."""
    urls: Any = ModuleType("import_urls")
    urls.urlpatterns = [path("work/", include(desk_import.urlpatterns)), *site_urls.urlpatterns]
    urls.handler404 = site_urls.handler404
    settings.ROOT_URLCONF = urls
    settings.LINLI_DATA = tmp_path
    return tmp_path


def upload(client: Any, town: Town, raw: bytes, **more: str) -> Any:
    file = io.BytesIO(raw)
    file.name = "热线.csv"
    data = {"file": file, "kind": "open", "county": town.county.code, "source": "平台", **more}
    return client.post("/work/imports/new/", data)


def test_the_desk_looks_before_it_imports(client: Any, hubei: Town, pages: Path) -> None:
    client.force_login(hubei.hotline.user)
    assert client.get("/work/imports/new/").status_code == 200
    done = upload(client, hubei, table([line(1), line(2, 诉求内容="")]))
    assert done.status_code == 302 and done["Location"] == "/work/imports/new/check/"
    (kept,) = (pages / "incoming").iterdir()
    assert "李梅".encode() not in kept.read_bytes()
    page = client.get("/work/imports/new/check/").content.decode()
    assert "1 件可以导入" in page and "第 3 行：没有诉求内容。" in page and "路灯不亮 1" in page
    refused = client.post("/work/imports/new/check/", {"do": "import"})
    assert refused.status_code == 422 and not Appeal.everything.exists()
    done = client.post("/work/imports/new/check/", {"do": "import", "skip": "1"})
    assert done["Location"] == "/work/imports/" and Appeal.objects.get().source == "平台"
    assert list((pages / "incoming").iterdir()) == []
    assert client.get("/work/imports/new/check/")["Location"] == "/work/imports/new/"
    assert ImportRecord.objects.get().started_by == hubei.hotline.code


def test_columns_are_chosen_at_the_desk(client: Any, hubei: Town, pages: Path) -> None:
    client.force_login(hubei.hotline.user)
    upload(client, hubei, table([("路灯坏了", "x")], ("甲", "乙")))
    page = client.get("/work/imports/new/check/").content.decode()
    assert "没有找到诉求内容的列" in page
    assert client.post("/work/imports/new/check/", {"do": "map", "column_0": "?"}).status_code == 422
    assert client.post("/work/imports/new/check/", {"do": "import"}).status_code == 422
    chosen = {"do": "map", "column_0": "text", "column_1": "number"}
    assert client.post("/work/imports/new/check/", chosen).status_code == 302
    assert client.post("/work/imports/new/check/", {"do": "import"}).status_code == 302
    assert Appeal.objects.get().source_key == "x"


def test_a_file_that_cannot_be_read_is_refused_on_the_page(client: Any, hubei: Town, pages: Path) -> None:
    client.force_login(hubei.hotline.user)
    for raw, word in ((b"%PDF-1.7", "不是表格文件"), (b"", "文件是空的"), (b"a" * (20 * 1024 * 1024 + 1), "20 MB")):
        answer = upload(client, hubei, raw)
        assert answer.status_code == 422 and word in answer.content.decode()
    assert upload(client, hubei, table([line(1)]), county="430000", kind="x").status_code == 422
    client.force_login(hubei.street_desk.user)
    assert client.get("/work/imports/new/").status_code == 404
    assert client.get("/work/imports/new/check/").status_code == 404
