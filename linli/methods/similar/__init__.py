"""Which appeals say the same (相似诉求): for merging, and for what many people report (热点).

``likeness``  a text beside a few hundred others, or many kept in memory
``names``     what a message calls its place or its thing
``message``   place and matter of a message, and how far two messages are about one thing
``groups``    all groups of a night's messages, hottest first
``stream``    a new message against a million, added one by one
"""

from linli.methods.similar.likeness import MAX_CHARACTERS, Index, fingerprint, proximity, rank

__all__ = ["MAX_CHARACTERS", "Index", "fingerprint", "proximity", "rank"]
