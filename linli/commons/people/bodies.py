"""Bodies and the roles that posts in them may have (机构): the county's matter (`commons.set_limit`)."""

from __future__ import annotations

from django.utils import timezone

from linli.commons.actor import Actor
from linli.commons.models import Body, Place
from linli.commons.roles import Role
from linli.kit import trail
from linli.kit.action import action
from linli.kit.clock import Clock
from linli.kit.errors import BadInput, RuleBroken

ROLES: dict[str, tuple[Role, ...]] = {
    Body.Kind.GOVERNMENT: (Role.COUNTY, Role.SUPERVISOR, Role.SECURITY_ADMIN, Role.AUDITOR),
    Body.Kind.LEAD: (Role.COUNTY, Role.SUPERVISOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR),
    Body.Kind.HOTLINE: (Role.HOTLINE, Role.SUPERVISOR),
    Body.Kind.DEPARTMENT: (Role.DEPARTMENT,),
    Body.Kind.STREET: (Role.STREET,),
    Body.Kind.COMMITTEE: (Role.COMMITTEE,),
    Body.Kind.GRID: (Role.GRID_WORKER,),
    Body.Kind.UTILITY: (Role.FIRM,),
    Body.Kind.PROPERTY: (Role.FIRM,),
    Body.Kind.CONGRESS: (Role.CONGRESS,),
}
"""Kind of body → roles its posts may have: a committee has no dispatcher, a firm no lead department."""

LEVELS: dict[str, tuple[str, ...]] = {
    Body.Kind.STREET: (Place.Level.STREET,),
    Body.Kind.COMMITTEE: (Place.Level.COMMUNITY,),
    Body.Kind.GRID: (Place.Level.GRID,),
    Body.Kind.HOTLINE: (Place.Level.COUNTY, Place.Level.CITY, Place.Level.PROVINCE),
    Body.Kind.CONGRESS: (Place.Level.CITY, Place.Level.PROVINCE),
}
"""Kind of body → levels of the place it stands for; kinds not named may stand anywhere."""


def roles_for(body: Body) -> tuple[Role, ...]:
    """Roles that posts in a body may have; the province's lead body has the provincial one."""
    if body.kind in (Body.Kind.LEAD, Body.Kind.GOVERNMENT) and body.place.level == Place.Level.PROVINCE:
        return (Role.PROVINCE, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
    return ROLES[body.kind]


@action("commons.set_limit")
def add_body(*, by: Actor, place: Place, code: str, name: str, kind: str, duty: str = "", phone: str = "") -> Body:
    """Enter a body (设立机构), HB 4–7, HN 2.

    Raises: BadInput when the code or the name is taken, or the kind does not fit the level of the place.
    """
    if Body.objects.filter(code=code).exists():
        raise BadInput(f"机构代码“{code}”已经用过，请换一个。", code="body_code")
    if Body.objects.filter(place=place, name=name, ended_on=None).exists():
        raise BadInput(f"{place.name}已有名为“{name}”的机构。", code="body_name")
    if kind not in Body.Kind.values:
        raise BadInput("没有这个机构类别，请从列表中选择。", code="body_kind")
    if place.level not in LEVELS.get(kind, (place.level,)):
        raise BadInput(
            f"“{Body.Kind(kind).label}”不能设在{place.get_level_display()}（{place.name}）。请改选类别或地方。",
            code="body_level",
        )
    body = Body.objects.create(code=code, name=name, kind=kind, duty=duty, place=place, phone=phone)
    trail.record("commons.body_added", body, by=by, facts={"kind": kind, "duty": duty}, note=name)
    return body


@action("commons.set_limit")
def change_body(*, by: Actor, body: Body, name: str, duty: str = "", phone: str = "") -> Body:
    """Correct name, duty or telephone of a body (修改机构信息); kind and place never change."""
    changes = {}
    for field, new in (("name", name), ("duty", duty), ("phone", phone)):
        if getattr(body, field) != new:
            changes[field] = [getattr(body, field), new]
            setattr(body, field, new)
    body.save(update_fields=["name", "duty", "phone"])
    trail.record("commons.body_changed", body, by=by, changes=changes)
    return body


@action("commons.set_limit")
def end_body(*, by: Actor, body: Body) -> Body:
    """Dissolve a body (撤销机构) from today; its posts give no power any more.

    Raises: RuleBroken while it still holds open work, or when it is the actor's own body.
    """
    if body.ended_on is not None:
        raise BadInput(f"“{body.name}”已于 {body.ended_on} 撤销。", code="body_ended")
    if by.body_code == body.code:
        raise RuleBroken("不能撤销您自己所在的机构。请由上级机构办理。", code="own_body")
    held = Clock.objects.filter(holder=body.code, stopped_at=None).count()
    if held:
        raise RuleBroken(
            f"“{body.name}”还有 {held} 件事在办。请先改派或办结，再撤销。", code="body_busy", facts={"open": held}
        )
    body.ended_on = timezone.localdate()
    body.save(update_fields=["ended_on"])
    trail.record("commons.body_ended", body, by=by, changes={"ended_on": [None, body.ended_on.isoformat()]})
    return body
