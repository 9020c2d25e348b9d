"""Opening a county as a whole (开通): places, bodies, posts, limits and lists in one transaction, by whoever installs Linli."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from linli.commons.actor import Actor
from linli.commons.county.opening import Plan, StartCode, enter_plan
from linli.commons.county.sheets import Fault, must_mend
from linli.commons.models import Place
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput
from linli.site.county.limits import Wanted, held_keys, set_limits
from linli.site.county.lists import Lists, draft_lists


@dataclass
class Opening:
    """All that is wanted for a county (开通内容)."""

    plan: Plan
    lists: Lists = field(default_factory=Lists)
    limits: list[Wanted] = field(default_factory=list)
    publish: bool = False

    @property
    def faults(self) -> list[Fault]:
        """Faults of every file."""
        return [*self.plan.faults, *self.lists.faults]

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        held = held_keys(self.plan.county)
        return not (self.plan.size or self.lists.drafts or any(one.key not in held for one in self.limits))


@action("commons.open_county", at="county")
def open_county(
    *, by: Actor, county: str, opening: Opening, hand_over: Callable[[list[StartCode]], None]
) -> tuple[int, int]:
    """Enter everything (开通一个县), or nothing.

    Args:
        hand_over: keeps the start codes where the operator finds them. It runs before the transaction ends, so that no
            account stands whose code was lost.

    Returns: how many limits were set, and how many had been set before.
    Raises: BadInput when a file has faults; else as the actions that it calls.
    """
    if wrong := must_mend(opening.faults):
        raise BadInput(f"有 {len(wrong)} 处要改，什么都没有登记。第一处：{wrong[0]}", code="bad_rows")
    codes = enter_plan(by=by, county=county, plan=opening.plan)
    place = Place.objects.get(code=county)
    done, kept = set_limits(by=by, place=place, wanted=opening.limits)
    draft_lists(by=by, place=place, drafts=opening.lists.drafts, publish=opening.publish)
    facts = {"accounts": len(codes), "limits": done, "lists": [draft.kind for draft in opening.lists.drafts]}
    trail.record("commons.county_opened", place, by=by, facts=facts)
    if codes:
        hand_over(codes)
    return done, kept
