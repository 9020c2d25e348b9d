"""A new request becomes an appeal (提交诉求), through the action that the pages use."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.actions.intake import MAX_PHOTOS
from linli.areas.appeals.api.georeport import ask, services
from linli.areas.appeals.api.georeport.speak import Faults
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Matter
from linli.commons.actor import Actor
from linli.commons.models import Place
from linli.kit import files
from linli.kit.errors import BadInput
from linli.kit.limiter import check, failed
from linli.kit.once import once, once_within
from linli.kit.scope import covers

MINUTES = 10
"""How long the same words from the same sender are taken for a second press of one button."""

MOST = 600
"""New requests that one key may send in a quarter of an hour; a county's hotline files some 1,500 a month."""

LONGEST = {"first_name": 40, "last_name": 40, "phone": 30, "email": 120, "device_id": 100, "account_id": 100}


def take(request: HttpRequest) -> dict[str, Any]:
    """File what was sent and answer with number and notice; the twin of a request gets the answer of the first.

    Raises:
        Faults: whatever is wrong with it. Refusal: the action said no.
    """
    sent = ask.body(request)
    query = ask.simple(request)
    by = ask.caller(request, sent.get("api_key") or query.get("api_key", ""))
    if by is None:
        raise Faults((403, _("提交要带 api_key。请向系统管理员申请接口令牌。")))
    counted = f"georeport:post:{by.code}:{by.post.pk if by.post else 0}"
    check(counted, most=MOST, minutes=15)
    failed(counted, minutes=15)
    county = ask.jurisdiction(sent.get("jurisdiction_id") or query.get("jurisdiction_id", ""))
    matter = _matter(sent.get("service_code"))
    wanted = _read(sent, matter, county, by)
    if len(sent.files) > MAX_PHOTOS:  # before any of them is decoded
        raise Faults((400, _("照片最多 %(n)d 张。") % {"n": MAX_PHOTOS}))
    photos = tuple(files.check_upload(one) for one in sent.files)

    def run() -> str:
        made = appeals.file_appeal(by=by, matter=matter, channel=Appeal.Channel.OPEN311, photos=photos, **wanted)
        number = made.appeal.number
        url = request.build_absolute_uri(reverse("appeals:open_link", args=[number, made.code]))
        notice = _("查询码 %(code)s，只显示这一次。凭编号和查询码查进度、补充情况：%(url)s") % {
            "code": made.code,
            "url": url,
        }
        account = sent.get("account_id")
        return json.dumps({"service_request_id": number, "service_notice": notice, "account_id": account or None})

    if not by.may("appeals.file", wanted["place"]):
        return dict(json.loads(run()))  # the action refuses, and its evidence must stay
    who = f"{by.code}:{by.post.pk if by.post else 0}"
    same = _fingerprint(sent, photos)
    key = request.headers.get("Idempotency-Key")
    if key is None:
        text, _fresh = once_within(who, same, run, minutes=MINUTES)
    elif key.isascii() and key.isprintable() and key.strip():
        text, _fresh = once(who, key, same, run)
    else:
        raise BadInput(_("Idempotency-Key 要用 1 到 100 个英文字母、数字或符号。"), code="idempotency_key")
    return dict(json.loads(text))


def _matter(code: str) -> Matter:
    if not code:
        raise Faults((400, _("缺少 service_code，请用 services 查找。")))
    found = Matter.objects.filter(code=code, active=True).first() if len(code) <= 8 else None
    if found is None:
        raise Faults((404, _("没有这个 service_code，请用 services 查找。")))
    return found


def _read(sent: ask.Sent, matter: Matter, county: Place, by: Actor) -> dict[str, Any]:
    """The arguments of `file_appeal`; everything that is wrong is said at once."""
    wrong: list[str] = []
    asked = {question.code: question for question in services.questions(matter, county)}
    given = sent.attributes()
    wrong += [
        _("没有补充字段 attribute[%(code)s]，请看 services/%(service)s 的定义。")
        % {"code": code[:60], "service": matter.code}
        for code in given
        if code not in asked
    ]
    wrong += [fault for code, question in asked.items() if (fault := question.fault(given.get(code, [])))]
    answers = {code: values[0] for code, values in given.items() if values}
    wrong += [
        _("%(name)s 请在 %(most)d 字以内。") % {"name": name, "most": most}
        for name, most in LONGEST.items()
        if len(sent.get(name)) > most
    ]
    position = None
    try:
        position = ask.position({name: sent.get(name) for name in ("lat", "long")})
    except Faults as faults:
        wrong += [words for _code, words in faults.found]
    address, code = sent.get("address_string"), sent.get("address_id")
    if not (position or address or code or answers.get("place")) and not wrong:
        wrong.append(_("缺少地点：请填 lat 和 long、address_string、address_id 或 attribute[place] 中的一种。"))
    place = Place.objects.filter(code=code).first() if code and len(code) <= 40 else None
    if code and (place is None or not covers(county.code, place.code)):
        wrong.append(_("address_id 要填本县（市、区）内的区划代码。"))
    media = sent.get("media_url")
    if media and not (media.startswith(("http://", "https://")) and len(media) <= 500):
        wrong.append(_("media_url 要填 http 或 https 开头、500 字以内的网址。"))
    if wrong:
        raise Faults(*((400, words) for words in wrong))
    if "place" in answers:
        place = Place.objects.get(code=answers["place"])
    spot = answers.get("spot", "")
    extra = [
        f"地址：{address}" if address and (spot or len(address) > 120) else "",
        f"图片：{media}" if media else "",
    ]
    return {
        "place": place or _place(address, county, by),
        "place_text": spot or (address if len(address) <= 120 else ""),
        "text": "\n".join(filter(None, [sent.get("description") or matter.name, *extra])),
        "position": position,
        "kind": answers.get("kind", ""),
        "danger": answers.get("danger") == services.YES,
        "name": _name(sent.get("first_name"), sent.get("last_name")),
        "contact": _contact(sent),
    }


def _place(address: str, county: Place, by: Actor) -> Place:
    """The place that an address names beyond doubt; else the sender's own below the county, else the county (定位)."""
    found = queries.locator_of(county.code).find(address) if address else []
    if found and found[0].exact:
        return Place.objects.get(code=found[0].code)
    own = Place.objects.filter(code=by.place).first() if covers(county.code, by.place) else None
    return own or county


def _name(first: str, last: str) -> str:
    """Family name first where it is written in Chinese, after the given name elsewhere."""
    if first and last and any("\u4e00" <= sign <= "\u9fff" for sign in last):
        return last + first
    return " ".join(filter(None, [first, last]))


def _contact(sent: ask.Sent) -> str:
    device, account = sent.get("device_id"), sent.get("account_id")
    parts = [
        sent.get("phone"),
        sent.get("email"),
        f"设备 {device}" if device else "",
        f"账号 {account}" if account else "",
    ]
    return "；".join(filter(None, parts))


def _fingerprint(sent: ask.Sent, photos: tuple[tuple[bytes, str, str], ...]) -> bytes:
    """What makes two requests the same: fields and pictures, not the boundary between them nor the key."""
    fields = sorted((name, values) for name, values in sent.fields.items() if name != "api_key")
    return json.dumps([fields, [hashlib.sha256(raw).hexdigest() for raw, _kind, _name in photos]]).encode()
