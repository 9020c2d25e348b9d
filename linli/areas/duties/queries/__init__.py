"""Reads of the duty board: `snapshot` loads what is known of a place in a few queries, `board` makes the lines of it."""

from linli.areas.duties.queries.board import Board, Line, board_of, boards_in, by_article, evidence_of
from linli.areas.duties.queries.coming import Coming, actor_of_key, coming_to
from linli.areas.duties.queries.judging import duty_of, sentence_of, since_of, standing_on, standings_seen
from linli.areas.duties.queries.seen import attestation_seen, bodies_seen, body_seen
from linli.areas.duties.queries.snapshot import PlaceFinding, Snapshot, snapshot_of

__all__ = [
    "Board",
    "Coming",
    "Line",
    "PlaceFinding",
    "Snapshot",
    "actor_of_key",
    "attestation_seen",
    "board_of",
    "boards_in",
    "bodies_seen",
    "body_seen",
    "by_article",
    "coming_to",
    "duty_of",
    "evidence_of",
    "sentence_of",
    "since_of",
    "snapshot_of",
    "standing_on",
    "standings_seen",
]
