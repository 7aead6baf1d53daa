"""Encrypted columns: what the database holds cannot be read, what the code reads is what was written."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from earlyaccess import crypto
from earlyaccess.crypto import EncryptedBinaryField, EncryptedJSONField, EncryptedTextField, Undecipherable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def _stored(field: models.Field, value: Any) -> Any:
    return field.get_db_prep_value(value, connection)


@given(st.text())
def test_text_comes_back(value: str) -> None:
    field = EncryptedTextField()
    assert field.from_db_value(bytes(_stored(field, value).obj), None, connection) == value


@given(JSON)
def test_json_comes_back(value: Any) -> None:
    field = EncryptedJSONField()
    stored = _stored(field, value)
    assert value is None if stored is None else field.from_db_value(bytes(stored.obj), None, connection) == value


def test_what_is_stored_cannot_be_read() -> None:
    stored = bytes(_stored(EncryptedTextField(), "Jeanne, 12 ans").obj)
    assert b"Jeanne" not in stored
    assert stored != bytes(_stored(EncryptedTextField(), "Jeanne, 12 ans").obj)  # equal values do not show


def test_a_key_rotates(settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    before = crypto.encrypt(b"x")
    settings.FIELD_KEYS = [new, old]
    assert crypto.decrypt(before) == b"x"
    after = crypto.encrypt(b"x")
    settings.FIELD_KEYS = [new]
    assert crypto.decrypt(after) == b"x"
    with pytest.raises(Undecipherable):
        crypto.decrypt(before)


def test_an_altered_column_is_noticed() -> None:
    token = bytearray(crypto.encrypt(b"dose: 10 mg"))
    token[30] ^= 1
    with pytest.raises(Undecipherable):
        crypto.decrypt(bytes(token))


def test_no_key_is_a_clear_error(settings: Any) -> None:
    settings.FIELD_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        crypto.encrypt(b"x")


@pytest.mark.parametrize("lookup", ["exact", "icontains", "gt", "in"])
def test_an_encrypted_column_cannot_be_searched(lookup: str) -> None:
    field = EncryptedTextField(name="notes")
    with pytest.raises(FieldError, match="encrypted"):
        field.get_lookup(lookup)
    assert EncryptedBinaryField(name="notes").get_lookup("isnull")


def test_the_column_is_bytea() -> None:
    for field in (EncryptedTextField(), EncryptedJSONField(), EncryptedBinaryField()):
        assert field.db_type(connection) == "bytea"
