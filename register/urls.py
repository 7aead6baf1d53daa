"""Addresses of the public register. Those of entries are permanent."""

from django.urls import path

from register import views

app_name = "register"
urlpatterns = [
    path("register/", views.register, name="list"),
    path("register/statistics/", views.statistics, name="statistics"),
    path("register/filings/", views.filings, name="filings"),
    path("register/filings.csv", views.filings_csv, name="filings_csv"),
    path("register/filings.json", views.filings_json, name="filings_json"),
    path("register/frameworks/", views.frameworks, name="frameworks"),
    path("register/frameworks/<str:number>/", views.framework, name="framework"),
    path("register/risad.ttl", views.risad_turtle, name="risad"),
    path("register/risad.shacl.ttl", views.risad_shapes, name="risad_shapes"),
    path("register/<str:kind>/<str:key>/", views.entry, name="entry"),
]
