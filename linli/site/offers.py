"""What a higher area offers on a lower one's page (在此可办): one explicit table, so that nothing is called upward."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy


@dataclass(frozen=True)
class Offer:
    """A link on somebody else's page: its words, its address with holes, and the powers one of which is needed."""

    label: str | Promise
    url: str
    powers: tuple[str, ...]


OFFERS: dict[str, tuple[Offer, ...]] = {
    "law.article": (Offer(lazy("按职责看谁做了、谁还没有"), "/work/duties/articles/{pack}/{art}/", ("duties.see",)),),
}
"""Page → what is offered there."""


def offers_for(page: str, powers: frozenset[str], **holes: str) -> list[dict[str, str]]:
    """The links that somebody with these powers is offered on a page."""
    return [
        {"label": str(offer.label), "url": offer.url.format(**holes)}
        for offer in OFFERS.get(page, ())
        if powers.intersection(offer.powers)
    ]
