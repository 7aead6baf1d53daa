"""The scripts of `make check` find what they look for."""

import polib
import pytest

from scripts.check_catalogue import missing, wrong_entries
from scripts.check_secrets import secrets_in


def _catalogue(*entries: polib.POEntry) -> polib.POFile:
    catalogue = polib.POFile()
    catalogue.extend(entries)
    return catalogue


@pytest.mark.parametrize(
    "entry",
    [
        polib.POEntry(msgid="Sign", msgstr=""),
        polib.POEntry(msgid="Sign", msgstr="Signer", flags=["fuzzy"]),
        polib.POEntry(msgid="%(n)s days", msgstr="jours"),
        polib.POEntry(msgid="{n} days", msgstr="{jours} jours"),
        polib.POEntry(msgid="a day", msgid_plural="%(n)s days", msgstr_plural={0: "un jour", 1: ""}),
    ],
)
def test_an_incomplete_entry_is_found(entry: polib.POEntry) -> None:
    assert wrong_entries(_catalogue(entry))


def test_complete_entries_pass() -> None:
    catalogue = _catalogue(
        polib.POEntry(msgid="%(n)s days", msgstr="%(n)s jours"),
        polib.POEntry(msgid="a day", msgid_plural="%(n)s days", msgstr_plural={0: "un jour", 1: "%(n)s jours"}),
        polib.POEntry(msgid="100%%", msgstr="100%%"),
    )
    assert not wrong_entries(catalogue)


def test_a_message_of_the_code_that_the_catalogue_lacks_is_found() -> None:
    code = _catalogue(polib.POEntry(msgid="Sign"), polib.POEntry(msgid="Send"))
    assert missing(code, _catalogue(polib.POEntry(msgid="Sign", msgstr="Signer"))) == ["missing: 'Send'"]


@pytest.mark.parametrize(
    "text",
    [
        "key = 'AKIA" + "ABCDEFGHIJKLMNOP'",
        "-----BEGIN PRIVATE" + " KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\n",
        "postgresql://admin:" + "Xk29fjQ77@db/site",
        "ghp_" + "a1B2" * 10,
    ],
)
def test_a_secret_is_found(text: str) -> None:
    assert secrets_in(text)


def test_an_example_is_not_a_secret() -> None:
    assert not secrets_in("postgresql://user:password@host:5432/name redis://:{self.password}@127.0.0.1")
