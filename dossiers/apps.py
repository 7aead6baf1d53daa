from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "dossiers"

    def ready(self) -> None:
        from dossiers import checks, truth  # noqa: F401 - importing the checks registers them

        truth.register()
