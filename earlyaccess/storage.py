"""Turns STORAGE_URL into Django's description of a file storage."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def storage_from_url(url: str) -> dict[str, Any]:
    """`file:///folder` or `s3://bucket[?endpoint_url=...&region_name=...]` (keys from the usual AWS variables).

    Stored files are never served by address: a view asks the policy first, so there is no base URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": unquote(parts.path), "base_url": None},
        }
    if parts.scheme == "s3":
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {"bucket_name": parts.netloc, "default_acl": "private", "file_overwrite": False, **options},
        }
    raise ImproperlyConfigured(f"STORAGE_URL must start with file:// or s3://, not {parts.scheme or 'nothing'}://")
