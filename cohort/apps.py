from django.apps import AppConfig


class CohortConfig(AppConfig):
    name = "cohort"
    label = "cohort"

    def ready(self) -> None:
        from cohort import truth

        truth.register()
