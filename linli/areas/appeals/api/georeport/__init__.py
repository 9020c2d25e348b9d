"""Open311 GeoReport v2 (开放接口标准): what any client of that standard needs, at /open311/v2/, in XML and JSON.

Standard: https://wiki.open311.org/GeoReport_v2 and its Service Discovery. Matters are the services, appeals the requests,
counties the jurisdictions. Filing goes through the same action as the pages. What everybody may read of an appeal, and what
only a post may read, is said in `show`; `docs/api.md` has the tables.
"""

from django.urls import path

from linli.areas.appeals.api.georeport import views

urlpatterns = [
    path("discovery.<str:form>", views.discovery),
    path("v2/discovery.<str:form>", views.discovery),
    path("v2/services.<str:form>", views.services),
    path("v2/services/<str:code>.<str:form>", views.definition),
    path("v2/requests.<str:form>", views.requests),
    path("v2/requests/<str:number>.<str:form>", views.one),
    path("v2/tokens/<str:number>.<str:form>", views.token),
]
