"""Filters for pages of lower floors that name verbs of the trail: `{% load where %}`."""

from __future__ import annotations

from django import template

from linli.commons.actor import Actor
from linli.site.where import Deed, Named, deed, subject

register = template.Library()


@register.filter
def in_linli(verb: str) -> Deed:
    """The verb in words (`label`) and the pages where it is done (`pages`)."""
    return deed(str(verb))


@register.filter
def verb_label(verb: str) -> str:
    """`appeals.dispatched` → 分派诉求."""
    return str(deed(str(verb)).label)


@register.filter
def subject_for(key: str, actor: Actor) -> Named:
    """`appeal:2611…` → 诉求 2611… (`label`), with its page (`url`) when the reader may open it."""
    return subject(str(key), actor)
