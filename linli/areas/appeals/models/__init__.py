"""Tables of the appeals."""

from linli.areas.appeals.models.appeal import (
    ALPHABET,
    CODE_LENGTH,
    Appeal,
    AppealRows,
    EveryManager,
    ImportRecord,
    ShownManager,
    code_digest,
    new_code,
    new_number,
)
from linli.areas.appeals.models.publication import Publication
from linli.areas.appeals.models.steps import (
    Answer,
    CallBack,
    Card,
    Erasure,
    ErasureAsked,
    Extension,
    Objection,
    Order,
    Precedent,
    Word,
)

__all__ = [
    "ALPHABET",
    "CODE_LENGTH",
    "Answer",
    "Appeal",
    "AppealRows",
    "CallBack",
    "Card",
    "Erasure",
    "ErasureAsked",
    "EveryManager",
    "Extension",
    "ImportRecord",
    "Objection",
    "Order",
    "Precedent",
    "Publication",
    "ShownManager",
    "Word",
    "code_digest",
    "new_code",
    "new_number",
]
