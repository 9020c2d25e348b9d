"""From a verb and a place to the articles it rests on, and from an article to the chip that pages show (依据)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from linli.law.load import cite, folders, load_pack, pack_for_place


def basis_for(verb: str, place: str) -> tuple[str, ...]:
    """Legal ids (`hubei.art_25__para_1`) that the pack of the place gives for a trail verb; none where the draft has none."""
    return _articles(verb, place, folders())


@lru_cache(maxsize=20_000)
def _articles(verb: str, place: str, _folders: tuple[Path, ...]) -> tuple[str, ...]:
    pack = pack_for_place(place)
    return tuple(f"{pack.id}.{eid}" for eid in pack.articles_for(verb))


def chip(legal_id: str) -> dict[str, str]:
    """A legal id as `parts/basis_chip.html` takes it: citation, address of the article, gist."""
    name, _, eid = legal_id.partition(".")
    pack = load_pack(name)
    return {
        "label": f"{pack.short}{cite(eid)}",
        "url": f"/law/{name}/{eid.split('__')[0]}/#{eid}",
        "gist": pack.article(eid).gist,
    }


def chips(legal_ids: Iterable[str]) -> list[dict[str, str]]:
    """Several legal ids as chips, in their order."""
    return [chip(legal_id) for legal_id in legal_ids]
