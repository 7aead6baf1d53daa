"""The addresses of this room. Those of the applicants come first: `dossiers/new/` is not a reference."""

from django.urls.resolvers import URLPattern, URLResolver

from dossiers.views.ansm.urls import urlpatterns as ansm
from dossiers.views.applicant.urls import urlpatterns as applicant
from dossiers.views.shared.urls import urlpatterns as shared

app_name = "dossiers"

urlpatterns: list[URLPattern | URLResolver] = [*applicant, *ansm, *shared]
