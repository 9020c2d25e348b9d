"""Refusals as pages and as problem documents."""

from __future__ import annotations

import json

import pytest
from django.test import RequestFactory

from linli.kit.errors import (
    BadInput,
    NotAllowed,
    NotVisible,
    Refusal,
    RefusalMiddleware,
    RuleBroken,
    TooMany,
    WrongState,
    refuse,
)

STATUS: dict[type[Refusal], int] = {
    BadInput: 422,
    NotVisible: 404,
    NotAllowed: 403,
    WrongState: 409,
    RuleBroken: 422,
    TooMany: 429,
    Refusal: 400,
}


@pytest.mark.parametrize("kind", STATUS)
def test_programs_get_a_problem_document(kind: type[Refusal]) -> None:
    answer = refuse(RequestFactory().get("/api/v1/appeals"), kind("说清楚原因", code="x"))
    assert answer.status_code == STATUS[kind] and answer["Content-Type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert (told["status"], told["detail"], told["code"]) == (STATUS[kind], "说清楚原因", "x")
    assert "basis" not in told and "ends" not in told
    assert "说清楚原因" in answer.content.decode()


def test_basis_and_ends_reach_the_program_and_facts_do_not() -> None:
    refusal = RuleBroken("不行", basis=("hubei.art_41__para_1",), ends=({"name": "street"},), facts={"n": "机密"})
    told = refusal.as_problem()
    assert told["basis"] == ["hubei.art_41__para_1"] and told["ends"] == [{"name": "street"}]
    assert "机密" not in json.dumps(told, ensure_ascii=False)


def test_only_what_concerns_a_right_or_a_rule_is_evidence() -> None:
    assert {kind for kind in STATUS if kind.leaves_evidence} == {NotAllowed, RuleBroken}


def test_the_middleware_leaves_other_faults_alone() -> None:
    middleware = RefusalMiddleware(lambda request: None)
    request = RequestFactory().get("/api/v1/x")
    assert middleware.process_exception(request, ValueError("x")) is None
    answered = middleware.process_exception(request, NotVisible())
    assert answered is not None and answered.status_code == 404
