"""One appeal of the story and the steps that people take on it (诉求的一步步), by the actions that the pages use."""

from __future__ import annotations

import random
from datetime import datetime

from demo.moving import Clock
from demo.people import Town
from demo.pictures import photo
from demo.places import PHONE
from demo.voice import Voice
from linli.areas.appeals import actions as appeals
from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Ground, Matter
from linli.commons.actor import RESIDENT, Actor
from linli.commons.models import Body
from linli.kit.errors import RuleBroken

CHANNELS = {"counter": "counter", "phone": "phone", "committee": "counter", "grid": "qr"}


class Case:
    """One appeal on its way.

    Args:
        town: the county with its people. voice: what was said. clock: the story's present. number: for variation.
        grounds: orders, decisions and exceptions that earlier parts of the story opened, by name.
    """

    def __init__(self, town: Town, voice: Voice, clock: Clock, number: int, grounds: dict[str, Ground]) -> None:
        self.town, self.voice, self.clock, self.grounds = town, voice, clock, grounds
        self.number = number
        self.chance = random.Random(f"{town.ground.county.prefix}{number}")
        self.place = town.ground.places[voice.place]
        self.matter = Matter.objects.get(name=voice.matter)
        self.appeal: Appeal
        self.code = ""

    @property
    def body(self) -> dict[str, Body]:
        """Bodies by key."""
        return self.town.ground.bodies

    def after(self, *, days: int = 0, hours: float = 1.0) -> datetime:
        """The next office moment."""
        return self.clock.later(self.chance, days=days, hours=hours)

    def who(self, body: Body) -> Actor:
        """Who works for a body."""
        return self.town.at(body.code)

    @property
    def home(self) -> str:
        """Key of the community, without estate or grid."""
        return self.voice.place.split("-")[0]

    def owner(self) -> Body:
        """The body whose duty the matter is; the street where the county has none."""
        if self.voice.to:
            return self.body[self.voice.to]
        for key in (self.matter.owner, "lead"):
            found = self.body.get(key)
            if found is not None and found.duty == self.matter.owner:
                return found
        return self.street()

    def street(self) -> Body:
        """The street or town of the place."""
        return next(
            body for body in self.body.values() if body.kind == "street" and self.place.code.startswith(body.place_id)
        )

    def fresh(self) -> Appeal:
        """The appeal as it stands now."""
        self.appeal = Appeal.everything.get(pk=self.appeal.pk)
        return self.appeal

    def file(self) -> None:
        """The resident speaks, or somebody enters it on the resident's behalf."""
        voice, by = self.voice, RESIDENT
        if voice.by in ("counter", "phone"):
            by = self.town.main["hotline2"]
        elif voice.by == "committee":
            by = self.who(self.body[self.home])
        elif voice.by == "grid":
            by = self.who(self.body[f"{self.home}-W1"])
        receipt = appeals.file_appeal(
            by=by,
            place=self.place,
            text=voice.text,
            place_text=voice.spot,
            name=voice.name,
            contact=PHONE.format(3000 + self.number) if voice.name else "",
            anonymous=voice.by == "anon",
            channel=CHANNELS.get(voice.by, "web"),
            photos=(photo(voice.photo, self.number),) if voice.photo else (),
        )
        self.appeal, self.code = receipt.appeal, receipt.code

    def accept(self) -> None:
        """The hotline confirms class and place, and accepts."""
        hotline = self.town.main["hotline" if self.number % 3 else "hotline2"]
        company = self.owner().kind in ("utility", "property")
        brief = f"{self.place.name}反映{self.matter.name}问题，请到现场核实处理，并反馈原因和结果。" if company else ""
        appeals.classify_appeal(
            by=hotline,
            appeal=self.appeal,
            matter=self.matter,
            kind=self.voice.kind,
            place=self.place,
            place_text=self.voice.spot,
            danger=bool(self.appeal.suggestion.get("danger")) or self.matter.safety,
            brief=brief,
        )
        appeals.accept_appeal(by=hotline, appeal=self.fresh())

    def dispatch(self, to: Body | None = None, *, reason: str = "", ground: Ground | None = None) -> None:
        """The hotline hands it over; to the owner unless told otherwise."""
        to = to or self.owner()
        role = "contact" if to.kind == "committee" else ""
        appeals.dispatch_appeal(
            by=self.town.main["hotline"],
            appeal=self.fresh(),
            to=to,
            reason=reason or f"“{self.matter.name}”属{to.name}职责范围。",
            ground=ground,
            role=role,
            guidance="热线中心每周答疑一次" if role else "",
            conditions="所需物品由街道配发" if role else "",
        )

    def handler(self) -> Actor:
        """Who works for the present holder."""
        holder = self.fresh().handler
        assert holder is not None
        return self.who(holder)

    def contact(self) -> None:
        """The holder speaks to the resident."""
        appeals.contact_resident(by=self.handler(), appeal=self.appeal, how="phone")

    def answer(self, text: str = "") -> None:
        """The holder answers."""
        appeals.answer_appeal(by=self.handler(), appeal=self.appeal, text=text or self.voice.answer)

    def call(
        self, *, reached: bool = True, solved: bool | None = True, rating: int | None = None, note: str = ""
    ) -> None:
        """The hotline calls back."""
        appeals.call_back(
            by=self.town.main["hotline2"],
            appeal=self.fresh(),
            how="phone",
            reached=reached,
            solved=solved if reached else None,
            rating=rating if reached else None,
            note=note,
        )

    def refused(self, to: Body, reason: str) -> None:
        """Somebody tries to hand it to a body that no list names; the gate says no.

        Raises:
            AssertionError: the gate let it through, so the story would not be true.
        """
        try:
            self.dispatch(to, reason=reason)
        except RuleBroken as refusal:
            assert refusal.code == "off_list", refusal.message
        else:
            raise AssertionError(f"关口放行了不该放行的任务：{self.voice.text[:20]}")
