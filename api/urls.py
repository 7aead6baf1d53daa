"""The addresses of the API. A route's name is what tests/api/matrix.csv calls it."""

from django.urls import include, path, re_path

from api.views import me, schema
from api.views.unknown import unknown

V1 = [
    path("me/", me.Me.as_view(), name="me"),
    path("schema/", schema.Schema.as_view(), name="schema"),
]

API = [
    path("api/v1/", include(V1)),
    re_path(r"^api/", unknown, name="unknown"),
]

urlpatterns = [
    path("", include((API, "api"))),
]
