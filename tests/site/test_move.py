"""From SQLite to PostgreSQL: every row, every byte that the trail rests on, and new rows after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from linli.site.backup import state
from tests.cluster import cluster
from tests.installation import FILL, ask, fill, linli, script

LOOK = (
    "[sorted((a.number, a.reporter_name, a.filed_at, a.code_hash) for a in Appeal.objects.all()),"
    " sorted((f.code, f.added_at) for f in Attachment.objects.all()), [e.hash for e in Entry.objects.order_by('id')]]"
)


@pytest.mark.slow
@pytest.mark.apart
def test_everything_moves_and_goes_on_in_the_new_database(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fill(data)
    before = ask(data, LOOK)
    with cluster() as server:
        with state.using(data, alone=False):
            busy = linli(data, "move", server.url)
        assert busy.returncode == 1 and "先停止" in busy.stderr
        done = linli(data, "move", server.url)
        assert done.returncode == 0, done.stderr + done.stdout
        assert "链条完整" in done.stdout
        moved = {"LINLI_DB": server.url}
        assert ask(data, LOOK, **moved) == before
        assert ask(data, LOOK) == before, "the old database stays as it was"
        script(data, FILL.replace('make_town("42")', 'make_town("43")'), **moved)  # new rows get free numbers
        assert linli(data, "audit", "verify", **moved).returncode == 0
        again = linli(data, "move", server.url)
        assert again.returncode == 1 and "已有邻里的表" in again.stderr
        wrong = linli(data, "move", server.url, **moved)
        assert wrong.returncode == 1 and "不是 SQLite" in wrong.stderr
