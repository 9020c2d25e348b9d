"""Who comes when it is full is turned away at once and told when to come again."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from linli.site.crowd import WAITING, WORKING, CrowdMiddleware


def asked(path: str = "/") -> HttpRequest:
    """A request as it arrives: nobody knows yet who asks."""
    return RequestFactory().get(path)


def filled() -> CrowdMiddleware:
    """A site whose places are all taken."""
    crowd = CrowdMiddleware(lambda request: HttpResponse("in"))
    for _ in range(WORKING + WAITING):
        assert crowd.inside.acquire(blocking=False)
    return crowd


def test_a_person_reads_when_to_come_again() -> None:
    answer = filled()(asked())
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "请过几秒再试" in answer.content.decode()


def test_a_program_gets_a_problem_document() -> None:
    answer = filled()(asked("/api/v1/appeals"))
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert b'"busy"' in answer.content


def test_a_place_given_back_lets_the_next_one_in() -> None:
    crowd = filled()
    crowd.inside.release()
    assert crowd(asked()).content == b"in"
    assert crowd(asked()).content == b"in"


def test_a_page_that_breaks_gives_its_place_back() -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("broken")

    crowd = CrowdMiddleware(broken)
    for _ in range(WORKING + WAITING + 1):
        with pytest.raises(RuntimeError):
            crowd(asked())
    assert crowd.inside.acquire(blocking=False)
