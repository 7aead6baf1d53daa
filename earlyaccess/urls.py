"""Every address of the site. Each room owns its own list; health answers before any middleware (see health.py)."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("catalogue.urls")),
    path("", include("documents.urls")),
    path("", include("notifications.urls")),
    path("", include("dossiers.urls")),
]
