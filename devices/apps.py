from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "devices"
    label = "devices"

    def ready(self) -> None:
        from devices import hooks, truth

        truth.register()
        hooks.register()
