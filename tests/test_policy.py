"""The generated walk: every address × every member of the cast, against the hand-written table in tests/policy.py.

The table is an oracle, not derived from roles and powers. An address that is not in it fails; so does a row whose
address is gone. Each member of the cast stands in another relation to the community of the story: its own committee, a
sibling, the street above, the county, the province, the grid below, an unrelated county, the other province.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import Town, make_town
from tests.policy import CAST, OPEN, TABLE, World, build_world

SKIP = ("static/", "i18n/", "api/")  # the API has a walk of its own: tests/test_policy_api.py


def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    """Every route of the resolver, written as in urls.py."""
    for item in get_resolver().url_patterns if patterns is None else patterns:
        here = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from routes(list(item.url_patterns), here)
        elif isinstance(item, URLPattern) and not here.startswith(SKIP):
            yield here


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    known = {route for route, *_ in TABLE}
    found = set(routes())
    assert found - known == set(), "add a row to tests/policy.py for each of these addresses"
    assert known - found == set(), "these rows of tests/policy.py name no address any more"


@pytest.fixture
def world(db: None) -> World:
    return build_world(make_town("42"), make_town("43"))


def outcome(status: int, location: str) -> str:
    """What an answer means: in, out (404 or 403), login."""
    if status in (301, 302) and location.startswith("/login/"):
        return "login"
    if status in (403, 404, 429):
        return "out"
    assert status < 500, f"the server broke with {status}"
    return "in"


@pytest.mark.parametrize("who", CAST)
def test_the_walk(who: str, world: World) -> None:
    town: Town = world.town if not who.startswith("foreign_") else world.foreign
    actor = town.cast[who.removeprefix("foreign_")]
    client = Client(raise_request_exception=True)
    if actor.user is not None:
        client.force_login(actor.user)
    wrong = []
    for route, address, may_get, may_post in TABLE:
        path = address(world)
        for method, allowed in (("get", may_get), ("post", may_post)):
            if allowed is None:  # not a form, or not a page
                continue
            answer = getattr(client, method)(path, **({"data": {}} if method == "post" else {}))
            got = outcome(answer.status_code, answer.headers.get("Location", ""))
            expected = (
                "in"
                if allowed == OPEN or who in allowed
                else ("login" if actor.user is None and path.startswith("/work/") else "out")
            )
            if got != expected and not (expected == "out" and got == "login"):
                wrong.append(f"{method} {route}: {got} ({answer.status_code}), expected {expected}")
        if actor.user is not None:
            client.force_login(actor.user)  # a walk over /logout/ must not end the walk
    assert wrong == []
