"""Resident's pages of the appeals (居民端): report, receipt, follow."""

from __future__ import annotations

from django.urls import URLPattern, path

from linli.areas.appeals.pages import indices_public
from linli.areas.appeals.pages import public_follow as follow
from linli.areas.appeals.pages import public_report as report

urlpatterns: list[URLPattern] = [
    *indices_public.urlpatterns,
    path("report/", report.what, name="report"),
    path("report/where/", report.where, name="report_where"),
    path("report/contact/", report.contact, name="report_contact"),
    path("report/check/", report.check, name="report_check"),
    path("report/photo/<str:code>/", report.photo, name="report_photo"),
    path("report/clear/", report.clear, name="report_clear"),
    path("report/done/", report.done, name="report_done"),
    path("report/done/print/", report.receipt_paper, name="report_print"),
    path("follow/", follow.open_appeal, name="follow"),
    path("follow/leave/", follow.leave, name="follow_leave"),
    path("follow/<str:number>/", follow.appeal_page, name="follow_appeal"),
    path("follow/<str:number>/photo/<str:code>/", follow.photo, name="follow_photo"),
    path("follow/<str:number>/<str:do>/", follow.act, name="follow_act"),
    path("f/<str:number>/<str:code>/", follow.open_link, name="open_link"),
]
