"""Default deny, and nothing typed is lost when the session ends."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.demo import PASSWORD

# The only addresses that answer without a session. Another one needs a reason and a line here.
OPEN_TO_ALL = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "accounts:landing",
    "accounts:language",
    "accounts:session",
    "accounts:accessibility",
    "accounts:legal",
    "documents:verify",
    "documents:verify_code",
    "notifications:mailbox",
    "notifications:mail",
    "dossiers:home",
    "dossiers:help",
    # Its secret is the key.
    "dossiers:calendar_feed",
    # The documentation of the API.
    "systems:docs",
    # What the law makes public.
    "register:list",
    "register:entry",
    "register:statistics",
    "register:filings",
    "register:filings_csv",
    "register:filings_json",
    "register:frameworks",
    "register:framework",
    "register:risad",
    "register:risad_shapes",
}
# It asks for a token by itself and answers 401: each of its addresses has its rows in tests/api/matrix.csv.
ASKING_FOR_A_TOKEN = "api:"
SAMPLES = {"pk": 1, "uidb36": "1", "key": "set-password"}


def _every_view(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            found += _every_view(pattern.url_patterns, inner)
        else:
            found.append((f"{prefix}{pattern.name}", pattern))
    return found


EVERY_VIEW = _every_view(get_resolver().url_patterns)


def test_every_view_asks_for_a_sign_in_except_a_short_list() -> None:
    opened = {name for name, pattern in EVERY_VIEW if not getattr(pattern.callback, "login_required", True)}
    opened = {name for name in opened if not name.startswith(ASKING_FOR_A_TOKEN)}
    assert opened <= OPEN_TO_ALL, opened - OPEN_TO_ALL


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted({name for name, _pattern in EVERY_VIEW if name.startswith("accounts:")}))
def test_closed_addresses_answer_nothing_to_strangers(client: Client, name: str) -> None:
    if name in OPEN_TO_ALL:
        return
    pattern = next(pattern for each, pattern in EVERY_VIEW if each == name)
    args = {key: SAMPLES[key] for key in pattern.pattern.regex.groupindex}
    url = reverse(name, kwargs=args)
    assert client.get(url)["Location"].startswith(reverse("account_login"))
    assert client.post(url).status_code == 401


@pytest.mark.django_db
def test_htmx_gets_a_banner_and_never_the_sign_in_page(client: Client) -> None:
    for method in (client.get, client.post):
        answer = method(reverse("accounts:profile"), headers={"hx-request": "true"})
        text = answer.content.decode()
        assert answer.status_code == 401
        assert answer["HX-Retarget"] == "#app-banner"
        assert "data-signed-out" in text
        assert "<html" not in text
        assert reverse("account_login") in text


def _post_signed_out(data: dict[str, str]) -> HttpResponse:
    return Client().post(reverse("accounts:profile"), data)


@pytest.mark.django_db
def test_what_was_typed_comes_back_escaped_and_without_secrets() -> None:
    answer = _post_signed_out(
        {"first_name": "Zoé <b>& Cie</b>\nligne 2", "password": "hush-hush", "csrfmiddlewaretoken": "old-token"}
    )
    text = answer.content.decode()
    assert answer.status_code == 401
    assert "Zoé &lt;b&gt;&amp; Cie&lt;/b&gt;\nligne 2" in text
    assert f'action="{reverse("accounts:profile")}"' in text
    assert "hush-hush" not in text
    assert "old-token" not in text


@pytest.mark.django_db
def test_files_that_must_be_chosen_again_are_named() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("compte-rendu.pdf", b"%PDF-1.7")
    answer = Client().post(reverse("accounts:profile"), {"first_name": "Z", "file": file})
    assert "compte-rendu.pdf" in answer.content.decode()


def test_a_stale_form_of_ours_is_given_back_with_a_fresh_token(people: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("account_login"))
    answer = client.post(
        reverse("accounts:profile"),
        {"first_name": "Zoé", "csrfmiddlewaretoken": "x" * 64},
        headers={"origin": "http://testserver"},
    )
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "Zoé" in text
    token = text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    again = client.post(reverse("accounts:profile"), {"first_name": "Zoé", "csrfmiddlewaretoken": token})
    assert again.status_code == 401, "the token of the page must be accepted: only the session is missing"


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://testserver.elsewhere.example"])
def test_another_sites_words_are_never_given_back(origin: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("accounts:profile"), {"first_name": "planted"}, headers={"origin": origin})
    assert answer.status_code == 403
    assert "planted" not in answer.content.decode()


def test_a_stale_form_sent_by_htmx_gets_the_banner(people: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("accounts:profile"), {}, headers={"origin": "http://testserver", "hx-request": "true"})
    assert answer["HX-Retarget"] == "#app-banner"
    assert "<html" not in answer.content.decode()


def test_the_session_address_tells_whether_one_is_signed_in(people: None) -> None:
    client = Client()
    url = reverse("accounts:session")
    assert client.get(url).json()["signed_in"] is False
    client.post(reverse("account_login"), {"login": "prescriber@demo.example", "password": PASSWORD})
    answer = client.get(url)
    assert answer.json()["signed_in"] is True
    assert "no-store" in answer["Cache-Control"]


def test_signing_in_out_and_failing(people: None, settings: object) -> None:
    client = Client()
    login = reverse("account_login")
    refused = client.post(login, {"login": "prescriber@demo.example", "password": "wrong"})
    assert refused.status_code == 200
    assert "data-error-summary" in refused.content.decode()
    taken = client.post(login, {"login": "Prescriber@Demo.example", "password": PASSWORD})
    assert taken.status_code == 302
    assert taken["Location"] == "/"
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("accounts:session")).json()["signed_in"] is True, "a GET signs nobody out"
    client.post(reverse("account_logout"))
    assert client.get(reverse("accounts:session")).json()["signed_in"] is False


def test_guessing_is_stopped_with_a_page_of_ours(people: None) -> None:
    client = Client()
    data = {"login": "prescriber@demo.example", "password": "wrong"}
    answers = [client.post(reverse("account_login"), data) for _ in range(7)]
    right = client.post(reverse("account_login"), {**data, "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert right.status_code in {200, 429}
    assert {answer.status_code for answer in answers} <= {200, 429}


@pytest.mark.django_db
def test_nobody_signs_up_by_themselves(client: Client) -> None:
    from accounts.models import Person

    answer = client.post(
        reverse("account_signup"),
        {"email": "new@x.example", "password1": "correct horse battery", "password2": "correct horse battery"},
    )
    assert answer.status_code in {200, 403}
    assert not Person.objects.filter(email="new@x.example").exists()


@pytest.mark.django_db
def test_asking_for_a_link_tells_nothing_about_who_exists(
    client: Client, people: None, mailoutbox: list[object]
) -> None:
    known = client.post(reverse("account_reset_password"), {"email": "prescriber@demo.example"})
    assert len(mailoutbox) == 1
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@demo.example"})
    assert len(mailoutbox) == 1
    assert known.status_code == unknown.status_code == 302
    assert known["Location"] == unknown["Location"]


@pytest.mark.parametrize("asked", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_language_switch_leads_only_to_this_site(signed_in: Callable[[str], Client], asked: str) -> None:
    client = signed_in("prescriber")
    answer = client.post(reverse("accounts:language"), {"language": "en", "next": asked})
    assert answer["Location"] == "/"
    assert '<html lang="en"' in client.get(reverse("accounts:profile")).content.decode()


def test_the_language_follows_the_person_to_a_new_browser(signed_in: Callable[[str], Client]) -> None:
    signed_in("prescriber").post(reverse("accounts:language"), {"language": "en", "next": "/legal/"})
    assert '<html lang="en"' in signed_in("prescriber").get(reverse("accounts:profile")).content.decode()
    assert '<html lang="fr"' in signed_in("pharmacist").get(reverse("accounts:profile")).content.decode()
