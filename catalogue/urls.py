"""Addresses of the catalogue: what every signed-in person may look up, and what ANSM publishes."""

from django.urls import path

from catalogue import views

app_name = "catalogue"

urlpatterns = [
    path("catalogue/medicines/", views.MedicineSearch.as_view(), name="medicines"),
    path("catalogue/medicines/<int:pk>/", views.MedicinePage.as_view(), name="medicine"),
    path("catalogue/indications/<int:pk>/criteria/new/", views.PublishCriteria.as_view(), name="publish_criteria"),
]
