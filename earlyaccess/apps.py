from django.apps import AppConfig


class EarlyaccessConfig(AppConfig):
    name = "earlyaccess"

    def ready(self) -> None:
        # Makes this Celery application the current one, or tasks would be sent to a default broker.
        from earlyaccess import celery  # noqa: F401
