"""Workbench pages of the lists: collected from one module per noun."""

from __future__ import annotations

from django.urls import URLPattern

from linli.areas.mandates.pages import (
    desk_admissions,
    desk_grounds,
    desk_lists,
    desk_proofs,
    desk_purchases,
    desk_refusals,
    desk_tasks,
)

urlpatterns: list[URLPattern] = [
    *desk_lists.urlpatterns,
    *desk_admissions.urlpatterns,
    *desk_grounds.urlpatterns,
    *desk_tasks.urlpatterns,
    *desk_refusals.urlpatterns,
    *desk_proofs.urlpatterns,
    *desk_purchases.urlpatterns,
]
