"""What an appeal is about (诉求分类), HN art. 12 分类处置: by the catalogue's words, and as learnt from a site's own rows.

``catalogue``  weighted keyword evidence; nothing is learnt
``features``   texts as weighted grams and catalogue words
``model``      a learnt model: predict, explain, save, load (NumPy only)
``train``      learn a model from rows of text and label (scikit-learn, imported when first needed)
``evaluate``   splits that keep look-alikes together, and what a model is worth on them
"""

from linli.methods.classify.catalogue import (
    LOOK,
    OWNERS,
    Catalogue,
    KindSuggestion,
    Matter,
    MatterClass,
    Span,
    Suggestion,
    default_catalogue,
    denied,
    suggest,
    suggest_kind,
)

__all__ = [
    "LOOK",
    "OWNERS",
    "Catalogue",
    "KindSuggestion",
    "Matter",
    "MatterClass",
    "Span",
    "Suggestion",
    "default_catalogue",
    "denied",
    "suggest",
    "suggest_kind",
]
