"""Pure decisions: which duties a body owes, in which state a duty is, and what of a reporter must not be repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from linli.areas.duties.flow import State
from linli.law.judge import Finding, Verdict, add_span
from linli.law.types import Duty, Pack

_AGENCIES = frozenset({"government", "lead", "department", "street"})
_LEVELS = {"province": "province", "city": "city", "county": "county"}
_OWN = {
    "committee": frozenset({"committee", "community"}),
    "street": frozenset({"street"}),
    "hotline": frozenset({"any", "hotline"}),
    "utility": frozenset({"utility"}),
    "property": frozenset({"property_firm"}),
    "congress": frozenset({"peoples_congress"}),
}


def bearers_of(*, kind: str, level: str, duty: str) -> frozenset[str]:
    """Which bearers of the packs a body stands for (义务主体).

    Args:
        kind: of the body. level: of its place. duty: its kind of work, such as housing.

    A government's duties are kept on the board of the lead body too, which does them in practice. Bearers that are nobody's kind
    (residents, media, party organisations) have no board here.
    """
    found: set[str] = set()
    if kind in _AGENCIES:
        found |= {"any", "state_body"}
    if kind in ("government", "lead"):
        found.add(_LEVELS.get(level, "county"))
    if kind == "lead":
        found.add("coordination_body")
    if kind == "department" or (kind == "lead" and duty):
        found |= {"department", duty} - {""}
    found |= _OWN.get(kind, frozenset())
    return frozenset(found)


def duties_of(pack: Pack, bearers: frozenset[str]) -> tuple[Duty, ...]:
    """The duties of a pack that fall to one of the bearers, in the order of the text."""
    return tuple(duty for duty in pack.duties if bearers.intersection(duty.bearer))


@dataclass(frozen=True)
class Proof:
    """What speaks for a duty (证据): the last trail entry, and attestations.

    Args: last, day of the last entry. until, the latest valid day of an attestation. expired, whether one has run out.
    """

    last: date | None = None
    until: date | None = None
    expired: date | None = None


def state_of(
    finding: Finding | None, proof: Proof, *, period: tuple[int, str], today: date, soon: int
) -> tuple[State, date | None]:
    """In which state a duty is (履职状态), and until when that holds or since when it does not.

    Args:
        finding: by its rule, if it has one. period: how long an entry proves it. soon: days before which 将到期 is said.

    A rule that can be computed decides. Where it cannot, the trail does, then an attestation.
    """
    edge = today + timedelta(days=soon)
    if finding is not None:
        if finding.verdict == Verdict.EXEMPT:
            return State.EXEMPT, None
        if finding.verdict == Verdict.UNMET:
            return (State.LATE if finding.due is not None else State.UNMET), finding.due
        if finding.verdict == Verdict.MET:
            near = finding.due is not None and finding.due <= edge
            return (State.SOON if near else State.MET), finding.due
    until = add_span(proof.last, *period) if proof.last is not None else None
    if until is not None and today <= until:
        return (State.SOON if until <= edge else State.DONE), until
    if proof.until is not None and today <= proof.until:
        return (State.SOON if proof.until <= edge else State.ATTESTED), proof.until
    if finding is not None and finding.verdict == Verdict.PENDING:
        return State.PENDING, finding.due
    over = max((day for day in (until, proof.expired) if day is not None), default=None)
    if over is not None:
        return State.LATE, over
    if finding is not None:
        return (State.NO_STANDARD if finding.why == "no_standard" else State.NO_DATA), None
    return State.NONE, None


RUN = 12
"""So many signs in a row as the reporter wrote them are no coincidence any more."""


def leak(text: str, *, words: str, secrets: tuple[str, ...], known: tuple[str, ...] = ()) -> str:
    """The first stretch of a text that gives a reporter away (泄露反映人): a name or contact, or twelve signs of their own words.

    Args:
        text: what somebody writes for others. words: the reporter's. secrets: name and contact, empty ones count for nothing.
        known: names that anybody may write, such as that of the body reported on.

    Returns: the stretch, "" when there is none. O(len(text) + len(words)).
    """
    for secret in secrets:
        if len(secret) > 1 and secret in text:
            return secret
    for name in known:
        text, words = text.replace(name, " "), words.replace(name, " ")
    plain, own = (_signs(one) for one in (text, words))
    runs = {own[at : at + RUN] for at in range(len(own) - RUN + 1)}
    return next((plain[at : at + RUN] for at in range(len(plain) - RUN + 1) if plain[at : at + RUN] in runs), "")


def _signs(text: str) -> str:
    """Letters and figures alone: other punctuation makes nobody's words one's own."""
    return "".join(sign for sign in text if sign.isalnum())
