"""Tables of the assembly: what is asked about, and what people say to it."""

from linli.areas.assembly.models.comment import (
    Anchor,
    Answer,
    Comment,
    Group,
    How,
    Invitation,
    Kind,
    Meeting,
    Stance,
)
from linli.areas.assembly.models.draft import ContactPoint, Draft, DraftText, Provision

__all__ = [
    "Anchor",
    "Answer",
    "Comment",
    "ContactPoint",
    "Draft",
    "DraftText",
    "Group",
    "How",
    "Invitation",
    "Kind",
    "Meeting",
    "Provision",
    "Stance",
]
