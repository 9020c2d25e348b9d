"""Contact points (联系点): set up, corrected, ended; and how long the congress gives itself to answer."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from linli.areas.assembly.models import ContactPoint
from linli.commons.actor import Actor
from linli.commons.models import Body, Place, Setting, code_for
from linli.commons.settings import set_setting
from linli.kit import trail
from linli.kit.action import action
from linli.kit.clock import Limit
from linli.kit.errors import BadInput, NotAllowed, WrongState
from linli.kit.scope import covers
from linli.kit.text import fitting

HOSTS = (Body.Kind.COMMITTEE, Body.Kind.STREET)


def congress_of(by: Actor) -> Body:
    """The standing committee for which somebody acts. Raises: NotAllowed: another kind of body."""
    if by.body is None or by.body.kind != Body.Kind.CONGRESS:
        raise NotAllowed("只有人大常委会可以办理。", code="not_congress")
    return by.body


@action("assembly.set_up_point")
def set_up_point(
    *,
    by: Actor,
    place: Place,
    host: Body,
    name: str,
    address: str,
    phone: str,
    decision: str,
    set_up_on: date,
) -> ContactPoint:
    """Set up a contact point (设立基层立法联系点), HB 27(2).

    Args:
        place: the community or street. host: its committee or street office. decision: the document that set it up, as evidence.

    Raises:
        BadInput: something is missing, the host does not fit the place, or the name is taken. NotAllowed: no congress.
    """
    congress = congress_of(by)
    if place.level not in (Place.Level.COMMUNITY, Place.Level.STREET):
        raise BadInput(f"联系点设在社区（村）或街道（乡镇），“{place.name}”不是。请重选。", code="bad_place")
    if host.kind not in HOSTS or host.ended_on is not None or not covers(host.place_id, place.code):
        raise BadInput("承办单位要选当地的居（村）民委员会或街道办事处（乡镇人民政府）。", code="bad_host")
    name, address, phone = _described(name, address, phone)
    decision = fitting(decision, 120, "设立的决定")
    if len(decision) < 4:
        raise BadInput("请写明设立联系点的决定（文号或名称），它是履职的证据。", code="no_decision")
    if set_up_on > timezone.localdate():
        raise BadInput("设立日期不能晚于今天。", code="bad_day")
    if ContactPoint.objects.filter(congress=congress, name=name, ended_on=None).exists():
        raise BadInput(f"已有名为“{name}”的联系点，请换一个名称。", code="name_taken")
    point = ContactPoint.objects.create(
        code=code_for("LX"),
        congress=congress,
        place=place,
        host=host,
        name=name,
        address=address,
        phone=phone,
        decision=decision,
        set_up_on=set_up_on,
    )
    trail.record("assembly.point_set_up", point, by=by, facts={"host": host.code, "decision": decision}, note=name)
    return point


@action("assembly.set_up_point")
def change_point(*, by: Actor, point: ContactPoint, address: str, phone: str) -> ContactPoint:
    """Correct address or telephone of a contact point (修改联系点信息). Raises: BadInput; NotAllowed: another congress's."""
    _own(by, point)
    _name, address, phone = _described(point.name, address, phone)
    changes = {
        field: [getattr(point, field), new]
        for field, new in (("address", address), ("phone", phone))
        if getattr(point, field) != new
    }
    point.address, point.phone = address, phone
    point.save(update_fields=["address", "phone"])
    trail.record("assembly.point_changed", point, by=by, changes=changes)
    return point


@action("assembly.set_up_point")
def end_point(*, by: Actor, point: ContactPoint, reason: str) -> ContactPoint:
    """End a contact point from today (撤销联系点); what came in through it stays. Raises: BadInput, NotAllowed, WrongState."""
    _own(by, point)
    reason = fitting(reason, 200, "撤销的理由")
    if len(reason) < 4:
        raise BadInput("请写明撤销的理由（至少 4 个字）。", code="text_short")
    if not ContactPoint.objects.filter(pk=point.pk, ended_on=None).update(ended_on=timezone.localdate()):
        raise WrongState("这个联系点已经撤销。", code="wrong_state")
    point.refresh_from_db()
    trail.record("assembly.point_ended", point, by=by, note=reason)
    return point


@action("assembly.open_draft", at="by")
def set_answer_limit(*, by: Actor, limit: Limit | None, source: str = "") -> Setting:
    """Say within which time after the closing day comments are answered (设定答复时限); None: not set, nothing runs.

    Raises: BadInput: the number does not fit. NotAllowed: no congress.
    """
    congress = congress_of(by)
    value = None if limit is None else {"amount": limit.amount, "unit": limit.unit}
    lent = by.lent("commons.set_limit")  # for this one key only
    return set_setting(by=lent, place=congress.place, key="assembly.answer", value=value, source=source or "本机关设定")


def _described(name: str, address: str, phone: str) -> tuple[str, str, str]:
    name, address = fitting(name, 60, "名称"), fitting(address, 120, "地址")
    phone = fitting(phone, 30, "电话")
    if len(name) < 2 or len(address) < 4 or len(phone) < 3:
        raise BadInput("名称、地址和电话都要写，居民才找得到。", code="text_short")
    return name, address, phone


def _own(by: Actor, point: ContactPoint) -> None:
    if by.body_code != point.congress_id:
        raise NotAllowed("这是别的人大常委会设的联系点。", code="not_own")
