"""The story in order of time (故事): all lines of both counties on one moving clock, with the ticks between them.

The lines are woven, not told one after another, so that the trail's times run forward as its numbers do.
"""

from __future__ import annotations

import heapq
import json
import os
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from demo import assembly_story, correction_story, duty_story, mandate_story
from demo.case import Case
from demo.moving import Clock, Script
from demo.people import Town, settle
from demo.places import COUNTIES, build
from demo.routes import ROUTES
from demo.voices_hubei import VOICES as HUBEI_VOICES
from demo.voices_hunan import VOICES as HUNAN_VOICES
from demo.voices_routine import routine
from linli.areas.mandates.models import Ground

OFFSETS = {"hb": 0, "hn": 200}
VOICES = {"hb": HUBEI_VOICES, "hn": HUNAN_VOICES}
ROUNDS = (time(8, 30), time(17, 30))
"""When the periodic work looks at the story: twice a day, from the first appeal on."""
START_DAYS, ROUNDS_FROM = 56, 47


def tell() -> None:
    """Build both counties and play their story up to now, in one transaction: it is there wholly or not at all."""
    clock = Clock(timezone.now())
    cases: list[Case] = []
    with clock.running(), transaction.atomic():
        clock.now = clock.ago(START_DAYS, "08:00")
        lines: list[Script] = [rounds(clock)]
        for county in COUNTIES:
            town = settle(build(county))
            lines += _lines(town, clock, cases)
        weave(clock, lines)
        clock.now = clock.end
        periodic_work()
    receipts = [_receipt(case) for case in cases if case.voice.receipt]
    _keep(receipts)


def _lines(town: Town, clock: Clock, cases: list[Case]) -> list[Script]:
    found: dict[str, Ground] = {}
    lines = mandate_story.scripts(town, clock, found)
    lines += [duty_story.facts(town, clock), duty_story.attestations(town, clock)]
    lines += correction_story.scripts(town, clock)
    lines += assembly_story.scripts(town, clock)
    county = town.ground.county
    for number, voice in enumerate((*VOICES[county.prefix], *routine(county)), 1):
        case = Case(town, voice, clock, OFFSETS[county.prefix] + number, found)
        cases.append(case)
        lines.append(ROUTES[voice.route](case))
    return lines


def weave(clock: Clock, lines: list[Script]) -> None:
    """Let every line go on at the moment it asked for, all in order of time, until the last has ended."""
    order = count()
    waiting: list[tuple[datetime, int, Script]] = []

    def wait(line: Script) -> None:
        moment = next(line, None)
        if moment is not None:
            heapq.heappush(waiting, (moment, next(order), line))

    for line in lines:
        wait(line)
    while waiting:
        moment, _, line = heapq.heappop(waiting)
        clock.now = max(moment, clock.now)
        wait(line)


def rounds(clock: Clock) -> Script:
    """The periodic work, several times a day as long as the story lasts."""
    day = clock.days[ROUNDS_FROM]
    while day <= timezone.localdate(clock.end):
        for moment in ROUNDS:
            when = timezone.make_aware(datetime.combine(day, moment))
            if when < clock.end:
                yield when
                periodic_work()
        day += timedelta(days=1)


def periodic_work() -> None:
    """One round of what `linli.site.tick` does by itself."""
    from linli.site.tick import JOBS

    for job in JOBS.values():
        job.run()


def _receipt(case: Case) -> dict[str, Any]:
    return {
        "county": case.town.ground.county.name,
        "what": case.voice.receipt,
        "title": case.appeal.title,
        "number": case.appeal.number,
        "code": case.code,
    }


def receipts_file() -> Path:
    """Where the receipts of the demo are kept: codes are stored as fingerprints only, so nothing else knows them."""
    return Path(settings.LINLI_DATA) / "demo-receipts.json"


def _keep(receipts: list[dict[str, Any]]) -> None:
    path = receipts_file()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(receipts, out, ensure_ascii=False, indent=1)
