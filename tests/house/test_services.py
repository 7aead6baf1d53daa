"""The test run's own servers."""

import redis
from django.conf import settings
from django.db import connection


def test_the_suite_talks_to_a_real_postgresql_without_superuser_rights(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, rolsuper FROM pg_roles WHERE rolname = user")
        version, superuser = cursor.fetchone()
    assert version >= 150000
    assert not superuser


def test_the_suite_talks_to_a_real_broker() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.ping()
