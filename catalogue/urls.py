"""Addresses of the catalogue: what every signed-in person may look up, and what ANSM publishes."""

from django.urls import path

from catalogue import entry_views, views

app_name = "catalogue"

urlpatterns = [
    path("catalogue/medicines/", views.MedicineSearch.as_view(), name="medicines"),
    path("catalogue/medicines/<int:pk>/", views.MedicinePage.as_view(), name="medicine"),
    path("catalogue/medicines/<int:pk>/edit/", entry_views.EditMedicine.as_view(), name="edit_medicine"),
    path("catalogue/medicines/<int:pk>/ucd/", entry_views.AllocateUcd.as_view(), name="allocate_ucd"),
    path("catalogue/entries/new/", entry_views.NewEntry.as_view(), name="new_entry"),
    path("catalogue/indications/<int:pk>/edit/", entry_views.EditEntry.as_view(), name="edit_entry"),
    path("catalogue/indications/<int:pk>/put/", entry_views.RecordPut.as_view(), name="record_put"),
    path("catalogue/indications/<int:pk>/criteria/new/", views.PublishCriteria.as_view(), name="publish_criteria"),
]
