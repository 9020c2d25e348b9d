"""Workbench pages of the duties: collected from one module per noun."""

from __future__ import annotations

from django.urls import URLPattern

from linli.areas.duties.pages import (
    coming,
    desk_board,
    desk_corrections,
    desk_duty,
    desk_orders,
    desk_standing,
    desk_steps,
    desk_tolerance,
)

urlpatterns: list[URLPattern] = [
    *coming.urlpatterns,
    *desk_standing.urlpatterns,
    *desk_board.urlpatterns,
    *desk_duty.urlpatterns,
    *desk_corrections.urlpatterns,
    *desk_steps.urlpatterns,
    *desk_orders.urlpatterns,
    *desk_tolerance.urlpatterns,
]
