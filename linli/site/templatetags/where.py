"""Filters for pages of lower floors that name verbs of the trail: `{% load where %}`."""

from __future__ import annotations

from django import template

from linli.site.where import Deed, deed

register = template.Library()


@register.filter
def in_linli(verb: str) -> Deed:
    """The verb in words (`label`) and the pages where it is done (`pages`)."""
    return deed(str(verb))


@register.filter
def verb_label(verb: str) -> str:
    """`appeals.dispatched` → 分派诉求."""
    return deed(str(verb)).label
