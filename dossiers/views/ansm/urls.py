"""Pages of the agency's staff."""

from django.urls import path

from dossiers.views.ansm import first_grant, preview, product, staffing, worklists

urlpatterns = [
    path("worklists/", worklists.worklist, name="worklist"),
    path("worklists/<slug:name>/", worklists.worklist, name="worklist"),
    path("dossiers/<str:reference>/preview/<slug:kind>/", preview.letter_preview, name="letter_preview"),
    path("dossiers/<str:reference>/reassign/", staffing.reassign, name="reassign"),
    path("dossiers/<str:reference>/recuse/", staffing.recuse, name="recuse"),
    path("dossiers/<str:reference>/remind/", staffing.remind, name="remind"),
    path("dossiers/<str:reference>/product/", product.product, name="product"),
    path("dossiers/<str:reference>/product/new/", product.product_new, name="product_new"),
    path("dossiers/<str:reference>/tasks/<int:task>/", first_grant.task, name="task"),
    path("dossiers/<str:reference>/tasks/<int:task>/done/", staffing.task_done, name="task_done"),
]
