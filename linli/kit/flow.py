"""Flows: a table of states and moves that a civil servant can read (流程表)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.utils import translation

from linli.kit.errors import WrongState

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Move:
    """One permitted step.

    Args:
        name: the move's verb; label: its Chinese name on buttons.
        source: states it may start from; target: state it ends in (None: stays where it is).
        power: who may take it.
        starts, pauses, resumes, stops: names of the clocks it touches.
    """

    name: str
    label: str
    source: tuple[str, ...]
    target: str | None
    power: str
    starts: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()


class Flow:
    """States and moves; buttons, next moves of the API and the diagram of the documents are drawn from it.

    Raises:
        ValueError: a move named twice, or one that starts or ends in an unknown state.
    """

    def __init__(self, states: type[models.TextChoices], moves: list[Move]) -> None:
        self.states = states
        self.moves = {move.name: move for move in moves}
        if len(self.moves) != len(moves):
            raise ValueError("a move is named twice")
        known = set(states.values)
        for step in moves:
            if not set(step.source) <= known or (step.target is not None and step.target not in known):
                raise ValueError(f"move {step.name} starts or ends in an unknown state")

    def __getitem__(self, name: str) -> Move:
        return self.moves[name]

    def __iter__(self) -> Iterator[Move]:
        return iter(self.moves.values())

    def open_moves(self, state: str) -> list[Move]:
        """Moves that may start in a state."""
        return [step for step in self if state in step.source]

    def as_mermaid(self) -> str:
        """The flow as a Mermaid state diagram, for the documents."""
        lines = ["stateDiagram-v2"]
        for state in self.states:
            lines.append(f"    {state.value}: {state.label}")
        for step in self:
            for source in step.source:
                lines.append(f"    {source} --> {step.target or source}: {step.label}")
        return "\n".join(lines)


def wrong_state(flow: Flow, name: str, current: str | None) -> WrongState:
    """The refusal of a step that does not start in the present state (None: the row is gone)."""
    step = flow[name]
    with translation.override(settings.LANGUAGE_CODE):  # a refusal is evidence, and in one language throughout
        now = str(flow.states(current).label) if current else "已不存在"
        allowed = "、".join(str(flow.states(source).label) for source in step.source)
    return WrongState(
        f"「{step.label}」只能在“{allowed}”时进行，现在是“{now}”。可能别人已先办理，请刷新页面再看。",
        code="wrong_state",
        facts={"move": name, "state": current},
    )


def move(thing: M, flow: Flow, name: str, **changes: Any) -> M:
    """Take one step by compare-and-set: the row moves only if it still stands where the caller believes.

    Args:
        thing: a model row with a `state` field. changes: further fields written in the same statement.

    Raises:
        WrongState: another writer was faster, or the move does not start in this state.
    """
    step = flow[name]
    target = step.target if step.target is not None else thing.state  # type: ignore[attr-defined]
    model = type(thing)
    rows = model._default_manager.filter(pk=thing.pk, state__in=step.source)
    if step.target is None:
        rows = rows.filter(state=target)
    if not rows.update(state=target, **changes):
        raise wrong_state(
            flow, name, model._default_manager.filter(pk=thing.pk).values_list("state", flat=True).first()
        )
    thing.state = target  # type: ignore[attr-defined]
    for key, value in changes.items():
        setattr(thing, key, value)
    return thing
