"""Pages of the agency's staff."""

from django.urls import path

from dossiers.views.ansm import preview, staffing, worklists

urlpatterns = [
    path("worklists/", worklists.worklist, name="worklist"),
    path("worklists/<slug:name>/", worklists.worklist, name="worklist"),
    path("dossiers/<str:reference>/preview/<slug:kind>/", preview.letter_preview, name="letter_preview"),
    path("dossiers/<str:reference>/reassign/", staffing.reassign, name="reassign"),
    path("dossiers/<str:reference>/recuse/", staffing.recuse, name="recuse"),
    path("dossiers/<str:reference>/remind/", staffing.remind, name="remind"),
    path("dossiers/<str:reference>/tasks/<int:task>/done/", staffing.task_done, name="task_done"),
]
