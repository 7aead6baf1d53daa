"""Pages of the agents of HAS."""

from django.urls import path

from dossiers.views.has import agenda, sitting

urlpatterns = [
    path("agenda/", agenda.agenda, name="agenda"),
    path("agenda/record/", sitting.Sitting.as_view(), name="sitting"),
]
