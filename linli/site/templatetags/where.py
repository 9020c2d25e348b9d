"""Filters for pages of lower floors that name verbs of the trail: `{% load where %}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from linli.commons.actor import Actor
from linli.site.nav import TABLE
from linli.site.offers import offers_for
from linli.site.where import Deed, Named, Page, deed, subject

register = template.Library()


@register.filter
def in_linli(verb: str) -> Deed:
    """The verb in words (`label`) and the pages where it is done (`pages`)."""
    return deed(str(verb))


@register.filter
def doors_for(verbs: Iterable[str], actor: Actor) -> list[Page]:
    """Pages where one of the verbs is done, each once, without those that the navigation keeps from the reader."""
    kept = {item.url for item in TABLE if not actor.powers & set(item.powers)}
    pages = dict.fromkeys(page for verb in verbs for page in deed(str(verb)).pages)
    return [page for page in pages if page.url not in kept]


@register.filter
def verb_label(verb: str) -> str:
    """`appeals.dispatched` → 分派诉求."""
    return str(deed(str(verb)).label)


@register.filter
def subject_for(key: str, actor: Actor) -> Named:
    """`appeal:2611…` → 诉求 2611… (`label`), with its page (`url`) when the reader may open it."""
    return subject(str(key), actor)


@register.simple_tag(takes_context=True)
def offers(context: Any, page: str, **holes: str) -> list[dict[str, str]]:
    """`{% offers "law.article" pack=pack.id art=article.at as found %}`: links of higher areas for who looks at the page."""
    return offers_for(page, context["request"].actor.powers, **holes)
