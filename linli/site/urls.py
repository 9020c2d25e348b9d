"""All addresses. What residents open stands at the root, what posts open under /work/, programs under /api/."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("linli.site.api")),
    path("open311/", include("linli.areas.appeals.api.georeport")),
    path("", include(("linli.site.portal", "site"))),
    path("", include(("linli.areas.appeals.pages.public", "appeals"))),
    path("", include(("linli.areas.mandates.pages.public", "mandates"))),
    path("", include(("linli.areas.duties.pages.public", "duties"))),
    path("", include(("linli.areas.assembly.pages.public", "assembly"))),
    path("", include(("linli.commons.pages.law", "law"))),
    path("work/", include(("linli.site.workbench", "work"))),
    path("work/me/", include(("linli.site.me", "me"))),
    path("work/", include(("linli.areas.appeals.pages.desk", "appeals_desk"))),
    path("work/", include(("linli.areas.mandates.pages.desk", "mandates_desk"))),
    path("work/", include(("linli.areas.assembly.pages.desk", "assembly_desk"))),
    path("work/", include(("linli.areas.duties.pages.desk", "duties_desk"))),
    path("work/", include(("linli.site.county.pages", "opening"))),
    path("work/", include(("linli.site.checkup.pages", "checkup"))),
    path("work/", include(("linli.commons.pages.settings", "settings"))),
]
handler400 = "linli.site.errors.unreadable"
handler404 = "linli.site.errors.not_found"
handler403 = "linli.site.errors.forbidden"
handler500 = "linli.site.errors.broken"
