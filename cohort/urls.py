"""Addresses of the cohorts. Those of a cohort and of a patient are permanent: mails carry them."""

from django.urls import path

from cohort.views import agreements, company, figures, form, home, include, patient, vigilance

app_name = "cohort"
urlpatterns = [
    path("cohort/", home.home, name="home"),
    path("cohort/new/", include.new, name="new"),
    path("cohort/vigilance/", vigilance.notices, name="vigilance"),
    path("cohort/vigilance/<int:pk>/", vigilance.acknowledge, name="acknowledge"),
    path("cohort/<str:chain>/", home.cohort, name="cohort"),
    path("cohort/<str:chain>/new/", include.Start.as_view(), name="start"),
    path("cohort/<str:chain>/figures/", figures.figures, name="figures"),
    path("cohort/<str:chain>/export.csv", company.export, name="export"),
    path("cohort/<str:chain>/agreements/", agreements.agreements, name="agreements"),
    path("cohort/<str:chain>/agreements/<int:hospital>/", agreements.Edit.as_view(), name="agreement"),
    path("cohort/<str:chain>/agreements/<int:hospital>/pay/", agreements.Pay.as_view(), name="pay"),
    path("cohort/<str:chain>/<int:rank>/", patient.page, name="patient"),
    path("cohort/<str:chain>/<int:rank>/act/<str:name>/", patient.Act.as_view(), name="act"),
    path("cohort/<str:chain>/<int:rank>/visit/", form.add_visit, name="visit"),
    path("cohort/<str:chain>/<int:rank>/<str:code>/<int:visit>/", form.Form.as_view(), name="form"),
]
