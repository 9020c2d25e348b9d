"""Refusals: the ways an action says no, and how they reach a person or a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import gettext, gettext_noop


class Refusal(Exception):
    """An action said no (拒绝).

    Args:
        message: one plain Chinese sentence that says what is wrong and how to mend it; with `said`, one with %(name)s in it.
        said: what stands in the sentence, apart from it, so that a page can say the sentence in the reader's language.
        code: short machine-readable reason.
        basis: legal ids (pack + eId) on which the refusal rests.
        facts: what was found; kept as evidence, so never personal data in clear.
        area: area whose `<area>.refused` trail verb records it; default: the area of the action's power.
        verb: trail verb of its own, where a duty asks for just this evidence.
        ends: lawful ways on, each a dict with `name`, `label` and optional details, offered to the person refused.
    """

    status: ClassVar[int] = 400
    title: ClassVar[str] = gettext_noop("无法办理")
    leaves_evidence: ClassVar[bool] = False
    evidence: Any = None  # the trail line that was written for it, should an outer transaction take it back

    def __init__(
        self,
        message: str,
        *,
        said: Mapping[str, object] | None = None,
        code: str = "refused",
        basis: tuple[str, ...] = (),
        facts: dict[str, Any] | None = None,
        area: str = "",
        verb: str = "",
        ends: tuple[dict[str, Any], ...] = (),
    ) -> None:
        self.words, self.said = message, said
        self.message = message % said if said else message  # evidence and programs: in one language
        super().__init__(self.message)
        self.code = code
        self.basis = basis
        self.facts = facts or {}
        self.area = area
        self.verb = verb
        self.ends = ends

    @property
    def shown(self) -> str:
        """The sentence for a page, in the reader's language where it is known there."""
        words = gettext(self.words)
        return words % self.said if self.said else words

    def as_problem(self) -> dict[str, Any]:
        """Return the refusal as an RFC 9457 problem document."""
        problem: dict[str, Any] = {
            "type": f"about:blank#{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.message,
            "code": self.code,
        }
        if self.basis:
            problem["basis"] = list(self.basis)
        if self.ends:
            problem["ends"] = list(self.ends)
        return problem


class BadInput(Refusal):
    """The input has the wrong shape (输入有误)."""

    status = 422
    title = gettext_noop("填写有误")


class NotVisible(Refusal):
    """Out of scope looks like not found (找不到)."""

    status = 404
    title = gettext_noop("找不到")

    def __init__(
        self, message: str = gettext_noop("没有找到您要的内容。请核对编号或地址，或返回首页重新查找。"), **more: Any
    ) -> None:
        super().__init__(message, code=more.pop("code", "not_found"), **more)


class NotAllowed(Refusal):
    """The actor lacks the power (无权)."""

    status = 403
    title = gettext_noop("没有权限")
    leaves_evidence = True


class WrongState(Refusal):
    """The thing has moved on meanwhile (状态已变)."""

    status = 409
    title = gettext_noop("状态已变")


class RuleBroken(Refusal):
    """A rule of law or of the county forbids it (违反规定)."""

    status = 422
    title = gettext_noop("依规不能办理")
    leaves_evidence = True


class TooMany(Refusal):
    """Too many attempts (次数过多)."""

    status = 429
    title = gettext_noop("次数过多")


class Unavailable(Refusal):
    """The database cannot be reached or cannot write just now (暂时不可用)."""

    status = 503
    title = gettext_noop("暂时不能使用")


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program (path under /api/)."""
    return request.path.startswith("/api/")


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Turn a refusal into a page message or a problem document, or what a standard of its own prescribes below a path."""
    for prefix, speaker in settings.LINLI_REFUSALS.items():
        if request.path.startswith(prefix):
            answer: HttpResponse = import_string(speaker)(request, refusal)
            return answer
    if wants_json(request):
        return JsonResponse(
            refusal.as_problem(),
            status=refusal.status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    return render(request, "refused.html", {"refusal": refusal}, status=refusal.status)


class RefusalMiddleware:
    """Turn every `Refusal` that leaves a view into an answer that helps."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refuse(request, exception) if isinstance(exception, Refusal) else None
