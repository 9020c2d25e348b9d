"""Pure decisions about appeals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from linli.kit.clock import Calendar, Clock, Unit

PUBLIC_KINDS = ("咨询", "求助", "投诉", "建议", "表扬")
"""Kinds of appeals of which open data may show that there is one; never 举报: it would point at who informed (反映人保护)."""

PUBLIC_CLASSES = ("01", "03", "04", "06", "10", "11")
"""Classes of matters about a place (城乡建设 国土资源 环境保护 交通运输 农村农业 商贸旅游). The others are about persons: relief,
health, work, police, discipline. A class that is not named here is not published."""

ON_EARTH = "纬度（lat）要在 -90 到 90 之间，经度（long）要在 -180 到 180 之间，按 WGS-84 填写。"
CHINA = (3.0, 54.0, 73.0, 136.0)
PROVINCES = {"42": ("湖北省", (28.9, 33.4, 108.2, 116.3)), "43": ("湖南省", (24.5, 30.3, 108.6, 114.4))}
"""Smallest boxes around the provinces (south, north, west, east), a tenth of a degree wider on each side."""

ATTEMPTS = 3
"""Recorded attempts after which an appeal may end as 办结（未获回访）."""


def position_fault(latitude: float, longitude: float, county: str) -> str:
    """Why a position (WGS-84) cannot be right for a county, or "" (坐标检查).

    Args:
        county: code; beyond the box of its province the position is refused, where that box is known.
    """
    if _within(longitude, latitude, CHINA):  # no place in China reads the same when turned round
        return "经纬度看来填反了：lat 是纬度（约 3 到 54），long 是经度（约 73 到 136）。请对调后再提交。"
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return ON_EARTH
    name, box = PROVINCES.get(county[:2], ("中国", CHINA))
    if not _within(latitude, longitude, box):
        return f"这个位置不在{name}范围内。请核对经纬度（WGS-84）和所选的县（市、区）。"
    return ""


def _within(latitude: float, longitude: float, box: tuple[float, float, float, float]) -> bool:
    south, north, west, east = box
    return south <= latitude <= north and west <= longitude <= east


def may_object_again(body: str, ruled_for: Sequence[str], hops: int, max_hops: int | None) -> str:
    """Why a body may not object, or "" when it may (异议次数有界).

    Args:
        body: code of the body. ruled_for: codes of bodies that a ruling on this appeal named. hops: dispatches so far.
        max_hops: the county's bound; None when it set none. Even then no body that a ruling named can object again,
            so the chain of objections is never longer than the number of bodies.
    """
    if body in ruled_for:
        return "协调单位已裁定由本单位办理，不能再次提出异议。确有新情况，请申请延期或向督查岗反映。"
    if max_hops is not None and hops > max_hops:
        return f"此件已分派 {hops} 次，本县设定异议后最多转派 {max_hops} 次，不能再提异议；请由本单位牵头办理。"
    return ""


def may_call_back(*, caller: str, caller_body: str, answered_by: str, handler: str) -> str:
    """Why somebody may not call back, or "" (回访与办理分离): neither the person nor the body that handled it."""
    if caller == answered_by or caller_body == handler:
        return "回访要由办理人和办理单位以外的人进行，请交热线或街道回访。"
    return ""


def card_level(clock: Clock, now: datetime, calendar: Calendar) -> str:
    """yellow, red or "" for a running clock (黄牌：到期前一个工作日；红牌：到期后).

    For limits in hours, or of one day, the yellow card comes in the last quarter of the time.
    """
    if clock.due_at is None or not clock.running:
        return ""
    if now > clock.due_at:
        return "red"
    if clock.unit in (Unit.HOURS, Unit.WORKING_HOURS) or clock.amount == 1:
        return "yellow" if clock.due_at - now <= (clock.due_at - clock.started_at) / 4 else ""
    return "yellow" if calendar.working_days_between(now, clock.due_at) <= 1 else ""
