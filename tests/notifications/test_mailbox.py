"""The demo's mailbox: every mail once on disk, readable by all in demo mode, absent otherwise."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.urls import reverse

from notifications import outbox
from notifications.backends import file_name

MAILBOX = "/demo/mailbox/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DEMO = True
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.EMAIL_BACKEND = "notifications.backends.DemoMailboxBackend"
    return settings.MAILBOX_DIR


def test_an_empty_mailbox_says_so(client, folder) -> None:
    assert client.get(MAILBOX).status_code == 200
    assert not folder.exists()


def test_a_mail_of_any_part_of_the_site_can_be_read_with_its_links(client, folder) -> None:
    send_mail("Réinitialiser", "Suivez http://127.0.0.1:8000/password/reset/abc/ <b>vite</b>", None, ["z@h.example"])
    [path] = folder.glob("*")
    assert path.stat().st_mode & 0o077 == 0
    listing = client.get(MAILBOX).content.decode()
    address = reverse("notifications:mail", args=[path.stem])
    assert address in listing
    page = client.get(address).content.decode()
    assert 'href="http://127.0.0.1:8000/password/reset/abc/"' in page
    assert "&lt;b&gt;vite&lt;/b&gt;" in page
    assert "Réinitialiser" in page
    assert "z@h.example" in page


def test_the_text_of_a_mail_with_an_html_version_is_shown(client, folder) -> None:
    mail = EmailMultiAlternatives("Invitation", "Le texte", None, ["z@h.example"])
    mail.attach_alternative("<p>La page</p>", "text/html")
    mail.send()
    [path] = folder.glob("*")
    page = client.get(reverse("notifications:mail", args=[path.stem])).content.decode()
    assert "Le texte" in page
    assert "La page" not in page


@pytest.mark.django_db(transaction=True)
def test_newest_first_and_filtered_by_recipient(client, make_person, tell, at) -> None:
    zoe, ali = make_person(), make_person()
    old, new = tell(zoe, at=at), tell(zoe, at=at + dt.timedelta(hours=1))
    other = tell(ali, at=at)
    outbox.sweep(at=at + dt.timedelta(hours=2))
    everyone = client.get(MAILBOX).content.decode()
    assert everyone.index(new.reference) < everyone.index(old.reference)
    assert other.reference in everyone
    hers = client.get(MAILBOX, {"to": zoe.email}).content.decode()
    assert new.reference in hers
    assert other.reference not in hers
    nobody = client.get(MAILBOX, {"to": "nobody@else.example", "page": "999999999999"})
    assert nobody.status_code == 200
    assert new.reference not in nobody.content.decode()


def test_outside_demo_mode_there_is_no_mailbox(client, settings, folder) -> None:
    send_mail("Secret", "texte", None, ["z@h.example"])
    [path] = folder.glob("*")
    settings.DEMO = False
    assert client.get(MAILBOX).status_code == 404
    assert client.get(reverse("notifications:mail", args=[path.stem])).status_code == 404


@pytest.mark.parametrize("name", ["..", "../secret", "..%2Fsecret", ".hidden", "unknown", "a\x00b", "a" * 300])
def test_no_name_leads_out_of_the_folder(client, folder, name) -> None:
    folder.mkdir()
    (folder.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    (folder / ".hidden.eml").write_text("Subject: hidden\n\nhidden")
    answer = client.get(f"{MAILBOX}{name}/")
    assert answer.status_code in {302, 404}
    assert client.get(reverse("notifications:mail", args=["x"]).replace("x", "..%2Fsecret")).status_code in {302, 404}


def test_a_strange_message_id_still_makes_one_safe_name() -> None:
    name = file_name("<../../etc/passwd>")
    assert name == file_name("<../../etc/passwd>")
    assert name.isalnum()
    assert file_name("<a.1-b_c@x.example>") == "a.1-b_c@x.example"


@pytest.mark.django_db(transaction=True)
def test_a_mail_cut_off_while_being_written_is_not_shown(client, folder, make_person, tell, at) -> None:
    folder.mkdir()
    (folder / ".half.tmp").write_bytes(b"Subject: half")
    tell(make_person())
    outbox.sweep(at=at)
    assert len(client.get(MAILBOX).context["page"].object_list) == 1
