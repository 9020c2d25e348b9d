"""Workbench pages of the assembly: collected from one module per noun."""

from __future__ import annotations

from django.urls import URLPattern

from linli.areas.assembly.pages import desk_list

urlpatterns: list[URLPattern] = [
    *desk_list.urlpatterns,
]
