"""Filters for templates: legal ids in words, masks, due dates."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from linli.kit.privacy import mask_contact, mask_name, mask_numbers
from linli.law.load import cite, load_pack

register = template.Library()


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
