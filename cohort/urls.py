"""Addresses of the cohorts. Those of a cohort and of a patient are permanent: mails carry them."""

app_name = "cohort"
urlpatterns: list[object] = []
