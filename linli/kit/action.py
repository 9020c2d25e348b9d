"""Actions: the only way to write (动作).

An action is a keyword-only function `verb_noun(*, by, …)`. The decorator checks the actor's power at the subject's
place, runs the body in one transaction and writes the trail last. A refusal rolls everything back and is then
written itself, in a transaction of its own, so that evidence of a refused attempt survives.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import models, transaction

from linli.kit import trail
from linli.kit.errors import NotAllowed, Refusal, WrongState

P = ParamSpec("P")
R = TypeVar("R")

REGISTRY: dict[str, Callable[..., Any]] = {}
"""Every action by its dotted name, for the house tests and the map of the documents."""


class Again(Exception):
    """Chance stood in the way, as a number that is taken: the whole action is rolled back and run once more (再试)."""


def action(power: str, *, at: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function an action.

    Args:
        power: `area.verb` that `by` must have at the subject's place.
        at: name of the argument that lies in a place; default: the first one after `by`.

    The wrapped function raises `NotAllowed` when the power is missing, whatever `Refusal` its body raises, and
    `AssertionError` under `LINLI_STRICT` when it wrote no trail entry.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        names = list(inspect.signature(function).parameters)
        where = at or names[1]
        area = power.split(".")[0]

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            by: trail.Actor = kwargs["by"]  # type: ignore[assignment]
            subject: Any = kwargs.get(where)
            if trail.buffer.get() is not None:  # a lower action inside a higher one: one transaction, one buffer
                _check(by, power, subject)
                return function(*args, **kwargs)
            while True:
                drafts: list[trail.Draft] = []
                token = trail.buffer.set(drafts)
                try:
                    with transaction.atomic():
                        _hold(subject)
                        _check(by, power, subject)
                        result = function(*args, **kwargs)
                        if settings.LINLI_STRICT:
                            assert drafts, f"{function.__module__}.{function.__name__} wrote no trail entry"
                        trail.write(drafts)
                        return result
                except Again:
                    continue
                except Refusal as refusal:
                    if refusal.leaves_evidence:
                        refusal.evidence = _evidence(by, refusal, area, function.__name__, subject)
                        trail.write([refusal.evidence])
                    raise
                finally:
                    trail.buffer.reset(token)

        run.power = power  # type: ignore[attr-defined]
        REGISTRY[f"{function.__module__}.{function.__name__}"] = run
        return run

    return wrap


def _hold(subject: Any) -> None:
    """Lock the row that is acted upon and read it anew, so that two clicks at once happen one after the other.

    Only what moves through a flow is held; SQLite, where one transaction writes at a time, needs the fresh look only.
    """
    if isinstance(subject, models.Model) and hasattr(subject, "state") and subject.pk is not None:
        rows = type(subject)._base_manager.select_for_update(no_key=True)
        try:
            subject.refresh_from_db(from_queryset=rows)
        except type(subject).DoesNotExist as error:  # type: ignore[attr-defined]
            raise WrongState("这一条已不存在，请刷新页面。", code="wrong_state") from error


def _check(by: trail.Actor, power: str, subject: Any) -> None:
    if not by.may(power, subject):
        raise NotAllowed(
            f"您现在的岗位（{by.label}）没有办理此事的权限。请换岗位，或请有权的单位办理。",
            code="no_power",
            facts={"power": power},
        )


def _evidence(by: trail.Actor, refusal: Refusal, area: str, name: str, subject: Any) -> trail.Draft:
    return trail.Draft(
        by=by,
        verb=refusal.verb or f"{refusal.area or area}.refused",
        subject=getattr(subject, "trail_key", name),
        place=subject if isinstance(subject, str) else getattr(subject, "place_code", ""),
        facts={"action": name, "code": refusal.code, **refusal.facts},
        basis=refusal.basis,  # what the refusal itself rests on, never the articles of another refusal
        note=refusal.message,
    )
