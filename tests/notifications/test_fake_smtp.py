import smtplib

import pytest

from tests.notifications.fake_smtp import FakeSmtp

MAIL = "Subject: essai\r\nMessage-ID: <1@x>\r\n\r\n.une ligne qui commence par un point\r\n"


def test_it_keeps_what_it_accepts() -> None:
    with FakeSmtp() as server, smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        client.sendmail("a@x.test", ["b@x.test"], MAIL)
        assert [mail["Message-ID"] for mail in server.mails] == ["<1@x>"]
        assert server.mails[0].get_content().startswith(".une ligne")


def test_it_refuses_when_told_to() -> None:
    with FakeSmtp() as server, smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        server.refusing = True
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@x.test", ["b@x.test"], MAIL)
        assert server.mails == []
