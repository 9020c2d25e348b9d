"""Publishing the indices of a month (公布指标), HN 12, HB 42."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from linli.areas.appeals.models import Publication
from linli.areas.appeals.queries.publication import figures_of, months_open
from linli.areas.appeals.queries.record import mark_at
from linli.commons.actor import SYSTEM, Actor
from linli.commons.models import Place
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput, WrongState


@action("appeals.publish_indices", at="place")
def publish_indices(*, by: Actor, place: Place, month: date) -> Publication:
    """Publish a county's indices of a month that is over, as the trail has them now (公布办理指标).

    Raises:
        BadInput: no county, or a month that is not over. WrongState: published already; what is published stays.
    """
    month = month.replace(day=1)
    if place.level != Place.Level.COUNTY:
        raise BadInput("指标按县（市、区）公布。", code="no_county")
    if month >= timezone.localdate().replace(day=1):
        raise BadInput("这个月还没有结束，下个月 1 日起可以公布。", code="month_open")
    if month not in months_open(place.code, timezone.localdate()):
        if Publication.objects.filter(county=place, month=month).exists():
            raise WrongState("这个月的指标已经公布；公布的数字不改，可以复算核对。", code="published")
        raise BadInput("这个月本县没有办理记录，或早于一年，不能公布。", code="no_such_month")
    mark = mark_at(place.code)
    figures = figures_of(mark, month)
    try:
        with transaction.atomic():
            row = Publication.objects.create(
                county=place,
                month=month,
                as_of=mark.as_of,
                seq=mark.seq,
                hash=mark.hash,
                figures=figures,
                published_by=by.label,
            )
    except IntegrityError as error:
        raise WrongState("这个月的指标刚刚由别人公布了，请刷新页面。", code="published") from error
    digest = hashlib.sha256(json.dumps(figures, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    facts = {"month": f"{month:%Y-%m}", "seq": mark.seq, "hash": mark.hash, "sha256": digest}
    trail.record("appeals.indices_published", row, by=by, facts=facts)
    return row


def publish_due() -> int:
    """Tick: publish every month that is over and not published, for each county with a trail of appeals; idempotent."""
    today = timezone.localdate()
    units = list(trail.ChainHead.objects.values_list("unit", flat=True))
    count = 0
    for county in Place.objects.filter(level=Place.Level.COUNTY, code__in=units):
        for month in months_open(county.code, today):
            with suppress(WrongState):  # somebody published it by hand between the two looks
                publish_indices(by=SYSTEM, place=county, month=month)
                count += 1
    return count
