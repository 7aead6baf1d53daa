"""The addresses of this room. Those of applicants come first: `dossiers/new/` is not a reference."""

from django.urls import include, path

app_name = "dossiers"
urlpatterns = [
    path("", include("dossiers.views.applicant.urls")),
    path("", include("dossiers.views.ansm.urls")),
    path("", include("dossiers.views.has.urls")),
    path("", include("dossiers.views.meetings.urls")),
    path("", include("dossiers.views.shared.urls")),
]
