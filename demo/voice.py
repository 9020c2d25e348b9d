"""What a resident says and how it goes on (诉求): one line of the tables in `voices_hubei` and `voices_hunan`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Voice:
    """One invented appeal.

    Args:
        route: name of a story line in `demo.routes`. days: working days ago; at: time of day, or minutes ago on day 0.
        place: key of the place. matter, kind: as the hotline confirms them. text: the resident's words.
        answer: what the handler answers. by: who enters it: resident, anon, counter, phone, committee or grid.
        name: how the resident wishes to be called. spot: where exactly. photo: name of a picture in `demo.pictures`.
        to: key of the body that gets it, where it is not the usual owner. second: key of the other body (named by an objection, helping, taking over). why: the reason given at the turn of
        the story. rating: the resident's satisfaction. note: the resident's last word.
        receipt: how the program offers this one for following, "" for the others.
    """

    route: str
    days: int
    at: str
    place: str
    matter: str
    kind: str
    text: str
    answer: str = ""
    by: str = "resident"
    name: str = ""
    spot: str = ""
    photo: str = ""
    to: str = ""
    second: str = ""
    why: str = ""
    rating: int = 5
    note: str = ""
    receipt: str = ""
