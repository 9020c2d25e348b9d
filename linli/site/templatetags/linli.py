"""Filters for templates: legal ids in words, masks, due dates."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from linli.kit.privacy import mask_contact, mask_name, mask_numbers
from linli.law.load import cite, load_pack

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=500)
def icon(name: str, css: str = "") -> SafeString:
    """One outline drawing from icons.svg, always beside a word; `css` is an extra class. Names: see docs/design.md.

    What `parts/icon.html` includes, by a call: a list shows one on each line.
    """
    drawing = f"{static('icons.svg')}#{name}"
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        css and f" {css}",
        drawing,
    )


@register.simple_tag
def clock_chip(due: Any, on: datetime | None = None) -> SafeString:
    """A clock in words (时限), in one call, for a list shows many: `due` has level and text, `on` is the due date."""
    css = {"late": " chip-late", "soon": " chip-soon", "ok": " chip-left"}.get(due.level, "")
    drawing = icon({"late": "alert", "paused": "pause"}.get(due.level, "clock"))
    day = format_html('<span class="small quiet">{}</span>', day_word(on)) if on else ""
    return format_html('<span class="due"><span class="chip{}">{}{}</span>{}</span>', css, drawing, due.text, day)


@register.filter
def day_word(at: datetime) -> str:
    """A day without its year: 6月12日."""
    day = timezone.localtime(at)
    return f"{day.month}月{day.day}日"


@register.filter
def basis_label(legal_id: str) -> str:
    """`hubei.art_25__para_1` → 湖北草案第二十五条第一款."""
    pack, _, eid = str(legal_id).partition(".")
    return f"{load_pack(pack).short}{cite(eid)}"


@register.filter
def basis_url(legal_id: str) -> str:
    """Address of the article's page."""
    pack, _, eid = str(legal_id).partition(".")
    return f"/law/{pack}/{eid.split('__')[0]}/#{eid}"


@register.filter
def basis_gist(legal_id: str) -> str:
    """The article's gist."""
    pack, _, eid = str(legal_id).partition(".")
    return load_pack(pack).article(eid).gist


@register.filter
def masked_name(value: str) -> str:
    """李梅 → 李*."""
    return mask_name(str(value))


@register.filter
def masked_contact(value: str) -> str:
    """Middle digits hidden."""
    return mask_contact(str(value))


@register.filter
def masked_text(value: str) -> str:
    """Numbers of telephones and identity cards hidden."""
    return mask_numbers(str(value))


@register.filter
def marked(text: str, spans: Any) -> SafeString:
    """Text with its evidence spans marked; everything else escaped."""
    out = SafeString("")
    last = 0
    for start, end, *_ in sorted(spans or []):
        if last <= start < end <= len(text):
            out += format_html("{}<mark>{}</mark>", text[last:start], text[start:end])
            last = end
    return SafeString(out + format_html("{}", text[last:]))


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None
