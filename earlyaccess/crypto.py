"""Encrypted columns: Fernet (AES-128-CBC and HMAC) over bytea, with the keys of `settings.FIELD_KEYS`.

The first key encrypts and every key decrypts, so a key is rotated by putting a new one in front, saving the rows again,
and dropping the old one. An encrypted column cannot be searched, ordered or compared, on purpose: lookups are refused.
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:  # Django's classes take type arguments for the checker only
    _Field = models.Field


class Undecipherable(Exception):
    """No key of FIELD_KEYS opens this value: a key was dropped too early, or the column was altered."""


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("FIELD_KEYS is empty: patient data cannot be encrypted.")
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(value: bytes) -> bytes:
    """Encrypts with the newest key."""
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(value)


def decrypt(token: bytes) -> bytes:
    """Raises `Undecipherable` when no key opens the token."""
    try:
        return _cipher(tuple(settings.FIELD_KEYS)).decrypt(token)
    except InvalidToken as error:
        raise Undecipherable("No key of FIELD_KEYS opens this value.") from error


class _EncryptedField(_Field):
    """A value encrypted on its way to the database and decrypted on its way back; None stays NULL."""

    def get_internal_type(self) -> str:
        return "BinaryField"

    def to_bytes(self, value: Any) -> bytes:
        raise NotImplementedError

    def from_bytes(self, raw: bytes) -> Any:
        raise NotImplementedError

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        return connection.Database.Binary(encrypt(self.to_bytes(value)))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self.from_bytes(decrypt(bytes(value)))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it cannot be searched ({lookup_name}).")
        return super().get_lookup(lookup_name)


class EncryptedTextField(_EncryptedField):
    """Text."""

    def to_bytes(self, value: Any) -> bytes:
        return str(value).encode()

    def from_bytes(self, raw: bytes) -> str:
        return raw.decode()

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return super().formfield(**{"form_class": forms.CharField, "widget": forms.Textarea, **kwargs})


class EncryptedJSONField(_EncryptedField):
    """Anything JSON can hold; dates, decimals and UUIDs are written as text, as in `DjangoJSONEncoder`."""

    def to_bytes(self, value: Any) -> bytes:
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")).encode()

    def from_bytes(self, raw: bytes) -> Any:
        return json.loads(raw)


class EncryptedBinaryField(_EncryptedField):
    """Bytes."""

    def to_bytes(self, value: Any) -> bytes:
        return bytes(value)

    def from_bytes(self, raw: bytes) -> bytes:
        return raw
