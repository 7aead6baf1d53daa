from django.apps import AppConfig


class EarlyaccessConfig(AppConfig):
    name = "earlyaccess"
