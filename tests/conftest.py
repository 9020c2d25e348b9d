"""Shared fixtures: the named cast in both provinces. The throw-away data folder is made in tests/isolate.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.cast import Town
    from tests.figures import Time

# How fast examples are drawn says something about the machine, nothing about the program.
settings.register_profile("linli", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("linli")


@pytest.fixture
def hubei(db: None) -> Iterator[Town]:
    """An invented county under the Hubei pack, with its cast."""
    from tests.cast import make_town

    yield make_town("42")


@pytest.fixture
def hunan(db: None) -> Iterator[Town]:
    """An invented county under the Hunan pack, with its cast."""
    from tests.cast import make_town

    yield make_town("43")


@pytest.fixture(params=["42", "43"], ids=["hubei", "hunan"])
def town(request: pytest.FixtureRequest, db: None) -> Iterator[Town]:
    """Each province in turn."""
    from tests.cast import make_town

    yield make_town(request.param)


@pytest.fixture
def time(db: None) -> Iterator[Time]:
    """September 2026, a Monday morning; the cast of the town asked for before hold their posts then too."""
    from linli.commons.models import Post
    from tests.figures import Time

    Post.objects.update(from_on=date(2026, 1, 1))
    found = Time()
    with found.running():
        yield found


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Move the clock on: `later(minutes=5)`."""
    from django.utils import timezone

    real, passed = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + passed[0])

    def move(**more: float) -> None:
        passed[0] += timedelta(**more)

    return move


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request: pytest.FixtureRequest) -> None:
    """Workers share no file: SQLite tests run in memory; on PostgreSQL each worker has its own database."""
    from django.conf import settings
    from pytest_django.fixtures import _set_suffix_to_test_databases

    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    if worker and not str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite"):
        _set_suffix_to_test_databases(suffix=worker)


@pytest.fixture(autouse=True)
def no_old_anchors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a database of its own; anchors of another one, or of another worker, would contradict it."""
    monkeypatch.setattr("linli.kit.anchor.anchor_file", lambda: tmp_path / "anchors.txt")


@pytest.fixture(autouse=True)
def chinese_first() -> Iterator[None]:
    """A test that asked for English pages leaves that language switched on in the thread."""
    from django.utils import translation

    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """A slow hash protects people; the cast needs none."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def strict_actions() -> None:
    """An action without a trail line fails. Settings may be read before this file is, so the environment is not enough."""
    from django.conf import settings

    settings.LINLI_STRICT = True
