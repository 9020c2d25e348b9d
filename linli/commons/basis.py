"""From a verb and a place to the articles it rests on (依据)."""

from __future__ import annotations

from linli.law.load import pack_for_place


def basis_for(verb: str, place: str) -> tuple[str, ...]:
    """Legal ids (`hubei.art_25__para_1`) that the pack of the place gives for a trail verb; none where the draft has none."""
    pack = pack_for_place(place)
    if pack is None:
        return ()
    return tuple(f"{pack.id}.{eid}" for eid in pack.articles_for(verb))
