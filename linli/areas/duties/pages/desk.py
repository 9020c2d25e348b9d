"""Workbench pages of the duty board: collected from one module per noun."""

from __future__ import annotations

from django.urls import URLPattern

from linli.areas.duties.pages import coming, desk_board, desk_duty, desk_standing

urlpatterns: list[URLPattern] = [
    *coming.urlpatterns,
    *desk_standing.urlpatterns,
    *desk_board.urlpatterns,
    *desk_duty.urlpatterns,
]
