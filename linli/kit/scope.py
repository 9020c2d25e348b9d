"""Who sees which rows (可见范围): closed by default.

A model declares `VISIBLE`, the path from a row to the places and bodies that may see it. What declares nothing is
seen by nobody; what is out of scope is not found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db import models
from django.db.models import Q

from linli.kit.errors import NotVisible

M = TypeVar("M", bound=models.Model)


class Viewer(Protocol):
    """What scope asks of an actor."""

    @property
    def body_code(self) -> str: ...
    @property
    def body_key(self) -> int | None: ...
    def places_for(self, power: str) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Visible:
    """A visibility path.

    Args:
        place: look-up to the row's place code; seen by actors holding `power` at the place or above it.
        power: the power needed for the way by place.
        body: look-up to the code of bodies concerned; seen by actors of that body holding `body_power`.
        body_power: the power needed for the way by body.
        public: look-ups that make a row visible to everybody.
        upward: rows of places above the actor's own are visible too (lists of the county in a community).
    """

    place: str = ""
    power: str = ""
    body: str = ""
    body_power: str = ""
    public: tuple[tuple[str, Any], ...] = ()
    upward: bool = False


def under(lookup: str, code: str) -> Q:
    """Rows whose place is `code` or lies below it; grid `-W1` is not above grid `-W10`.

    Args:
        lookup: path to the place's code, or to a foreign key by that code (`place_id`), which Django searches by prefix
            only as `place__code`; it trims the join.
    """
    if lookup.endswith("_id"):
        lookup = f"{lookup.removesuffix('_id')}__code"
    if "-" in code:
        return Q(**{lookup: code}) | Q(**{f"{lookup}__startswith": f"{code}-"})
    return Q(**{f"{lookup}__startswith": code})


def covers(above: str, code: str) -> bool:
    """Whether a place is another one or lies above it."""
    return above in prefixes(code)


def span(code: str) -> tuple[str, str]:
    """The codes of a place that is no grid and of all below it: from the first, before the second.

    SQLite searches no index for the beginning of a text, but does so for what lies between two.
    """
    return code, str(int(code) + 1).zfill(len(code)) if code.strip("9") else "A"


def prefixes(code: str) -> list[str]:
    """A place's own code and those of all above it, the country's empty code first."""
    head, _, tail = code.partition("-")
    steps = [head[:size] for size in (0, 2, 4, 6, 9, 12) if size <= len(head)]
    if head not in steps:
        steps.append(head)
    parts = tail.split("-") if tail else []
    for count in range(1, len(parts) + 1):
        steps.append("-".join([head, *parts[:count]]))
    return steps


def visible_to(actor: Viewer, rows: models.QuerySet[M]) -> models.QuerySet[M]:
    """The rows that the actor may see; none when the model declares no path."""
    path: Visible | None = getattr(rows.model, "VISIBLE", None)
    if path is None:
        return rows.none()
    allowed = Q(pk__in=[])
    if path.place:
        for code in actor.places_for(path.power):
            allowed |= under(path.place, code) if code else Q()
            if not code:
                return rows
            if path.upward:
                allowed |= Q(**{f"{path.place}__in": prefixes(code)})
    if path.body and actor.body_code and actor.places_for(path.body_power):
        allowed |= _held(rows.model, path.body, actor)
    if path.public:
        allowed |= Q(**dict(path.public))
    return rows.filter(allowed)


def _held(model: type[models.Model], path: str, actor: Viewer) -> Q:
    """Rows that concern the actor's body, by the look-up to its code.

    Not by a join: that would need DISTINCT, which reads and sorts everything before the first row of a page. Links are asked
    for by the body's own key, so that the database knows beforehand whether they are three or thousands.
    """
    first, _, rest = path.partition("__")
    if not rest:
        return Q(**{path: actor.body_code})
    field = model._meta.get_field(first)
    if not isinstance(field, models.ManyToManyField):
        return Q(pk__in=model._base_manager.filter(**{path: actor.body_code}).values("pk"))
    through = field.remote_field.through
    assert through is not None
    links = through._base_manager  # its rows say it without reading those of the model
    return Q(pk__in=links.filter(**{field.m2m_reverse_field_name(): actor.body_key}).values(field.m2m_field_name()))


def get_visible(actor: Viewer, rows: models.QuerySet[M], **key: Any) -> M:
    """One row by key, if the actor may see it.

    Raises:
        NotVisible: it does not exist or is out of scope; nobody can tell which.
    """
    found = visible_to(actor, rows).filter(**key).first()
    if found is None:
        raise NotVisible()
    return found
