from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "dossiers"

    def ready(self) -> None:
        from dossiers import checks, matter, truth  # noqa: F401 - importing the checks registers them
        from dossiers.queries import advice, statements
        from dossiers.queries.frameworks import framework_matter

        truth.register()
        matter.plug_in("cpc", framework_matter)
        matter.plug_in("device_exemption", statements.matter)
        matter.plug_in("advice", advice.matter)
