"""The site's addresses and the bare view that everything is compared to."""

from django.urls import include, path

from benchmarks.bare import bare

urlpatterns = [path("bare/", bare), path("", include("earlyaccess.urls"))]
