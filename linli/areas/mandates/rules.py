"""Pure decisions of the gate (派单关口的规则), in each province on its own article."""

from __future__ import annotations

from dataclasses import dataclass

from linli.areas.mandates.models import Bearer
from linli.law.load import pack_for_place


@dataclass(frozen=True)
class OffList:
    """Why a task may not be handed over, and on which article."""

    message: str
    basis: tuple[str, ...]


def _basis(place: str, name: str) -> tuple[str, ...]:
    pack = pack_for_place(place)
    return tuple(f"{pack.id}.{eid}" for eid in pack.actions.get(f"gate.{name}", ()))


def off_list(*, bearer: str, place: str, target: str, hotline: bool, county_switch: bool) -> OffList:
    """The refusal of a task without a ground (清单外任务).

    Args:
        bearer: committee or grid. place: code of the target's place, which decides the pack.
        target: the target's name. hotline: whether it came as a resident's appeal.
        county_switch: whether the county itself set that all off-list tasks are stopped.

    The basis differs: HB 41 protects committees from every push-down; HN 12 from hotline matters only, and what HN
    leaves open rests on the county's own setting or on the guidance list of HN 7(1); HN 13(2) protects grid workers.
    """
    if bearer == Bearer.GRID:
        found = _basis(place, "grid") or _basis(place, "committee")
        exception = "，也没有经批准的例外" if exception_basis(place) else ""
        return OffList(f"此事项不在网格事项清单内{exception}，不能交给{target}。", found)
    found = _basis(place, "committee")
    if found:
        return OffList(f"此事项不在清单内，也未经准入，不能转交{target}承担。", found)
    if hotline and (found := _basis(place, "hotline")):
        return OffList(f"居民诉求应由责任部门办理，此事项不在清单内，不能转由{target}办理。", found)
    why = "本县已设定清单外任务一律拦截" if county_switch else "请先列入指导目录或申请准入"
    return OffList(
        f"此事项不在协助办理事项指导目录内，也未经准入，不能交给{target}；{why}。", _basis(place, "guidance")
    )


def exception_basis(place: str) -> tuple[str, ...]:
    """Article that lets an approved exception burden a grid worker; empty where the draft knows none."""
    return _basis(place, "exception")


def roles_required(place: str) -> bool:
    """Whether an assisted task must name one of the six roles (HN 7(2))."""
    return bool(_basis(place, "roles"))


def proof_basis(place: str) -> tuple[str, ...]:
    """Article that bars proofs without a legal basis (HN 7(4)); empty where the draft has none."""
    return _basis(place, "proof")
