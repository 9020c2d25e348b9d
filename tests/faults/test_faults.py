"""The seeded faults themselves: up to date, drawn fairly, and judged by failed tests only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.run import NOTICED, ROOT, Fault, draw, load, plant

FAULTS = load()


def test_there_are_at_least_thirty_faults() -> None:
    assert len(FAULTS) >= 30


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_be_planted_and_names_tests_that_stand(fault: Fault, tmp_path: Path) -> None:
    target = tmp_path / fault.file
    target.parent.mkdir(parents=True)
    text = (ROOT / fault.file).read_text(encoding="utf-8")
    target.write_text(text, encoding="utf-8")
    plant(tmp_path, fault)
    assert target.read_text(encoding="utf-8") != text
    compile(target.read_text(encoding="utf-8"), fault.file, "exec")
    assert fault.tests and all((ROOT / path).exists() for path in fault.tests)


def test_a_stale_fault_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(LookupError):
        plant(tmp_path, Fault("gone", "a.py", "y = 1", "", ["tests"]))


def test_the_draw_depends_on_the_commit_alone() -> None:
    assert draw(FAULTS, 5, "a") == draw(FAULTS, 5, "a")
    assert len({fault.name for fault in draw(FAULTS, 5, "a")}) == 5
    assert any(draw(FAULTS, 5, "a") != draw(FAULTS, 5, seed) for seed in "bcdef")


@pytest.mark.parametrize(
    ("said", "noticed"),
    [
        ("FAILED tests/x.py::test_y\n1 failed, 3 passed in 2.10s\n", True),
        ("12 passed in 2.10s\n", False),
        ("ERROR tests/x.py - ImportError\n1 error in 0.10s\n", False),
        ("No module named pytest\n", False),
    ],
)
def test_only_failed_tests_count_as_noticed(said: str, noticed: bool) -> None:
    assert bool(NOTICED.search(said)) is noticed
