"""Workbench pages of the assembly: collected from one module per noun."""

from __future__ import annotations

from django.urls import URLPattern

from linli.areas.assembly.pages import (
    desk_answer,
    desk_comments,
    desk_draft,
    desk_enter,
    desk_list,
    desk_points,
    desk_prepare,
)

urlpatterns: list[URLPattern] = [
    *desk_list.urlpatterns,
    *desk_points.urlpatterns,  # words in the place of a draft's code come before the codes
    *desk_comments.urlpatterns,
    *desk_enter.urlpatterns,
    *desk_prepare.urlpatterns,
    *desk_answer.urlpatterns,
    *desk_draft.urlpatterns,
]
