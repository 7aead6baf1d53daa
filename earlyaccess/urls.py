"""Every address of the site. Each room owns its own list; health answers before any middleware (see health.py)."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("catalogue.urls")),
    path("", include("documents.urls")),
    path("", include("notifications.urls")),
    path("", include("dossiers.urls")),
    path("", include("cohort.urls")),
    path("", include("devices.urls")),
    path("", include("register.urls")),
    path("", include("api.urls")),
]

# Under /api/ an error is a problem document, whoever found it; elsewhere a page.
handler400 = "api.problems.bad_request"
handler403 = "api.problems.permission_denied"
handler404 = "api.problems.page_not_found"
handler500 = "api.problems.server_error"
