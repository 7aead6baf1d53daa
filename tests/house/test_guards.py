"""Each guard of earlyaccess.testing bites."""

import socket
import warnings

import pytest
from celery import Celery, current_app
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Organisation
from dossiers.models import Event
from earlyaccess.celery import app
from earlyaccess.testing import readonly
from earlyaccess.testing.emptying import empty_the_tables
from earlyaccess.testing.guards import LockWithoutTable, NetworkRefused, OtherCelery
from earlyaccess.testing.templates import UndefinedVariable
from tests.dossiers.world import story
from tests.snapshot import load_world


def test_a_warning_is_an_error() -> None:
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


def test_the_order_of_tests_is_random(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.hasplugin("randomly")


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_the_network_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as probe:
        with pytest.raises(NetworkRefused):
            probe.connect(address)
        with pytest.raises(NetworkRefused):
            probe.connect_ex(address)


def test_names_are_not_looked_up() -> None:
    with pytest.raises(NetworkRefused):
        socket.create_connection(("example.org", 80))


def test_the_loopback_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as visitor:
        assert visitor.getpeername() == server.getsockname()


@pytest.mark.django_db
def test_an_unordered_queryset_is_shuffled() -> None:
    for number in range(12):
        Organisation.objects.create(name=f"Hospital {number:02}", kind="establishment")
    orders = {tuple(Organisation.objects.order_by().values_list("pk", flat=True)) for _ in range(20)}
    assert len(orders) > 1
    assert len({tuple(Organisation.objects.order_by("pk").values_list("pk", flat=True)) for _ in range(20)}) == 1


@pytest.mark.django_db
def test_a_lock_over_a_join_names_its_table() -> None:
    joined = Permission.objects.select_related("content_type").select_for_update()
    with pytest.raises(LockWithoutTable):
        list(joined)
    list(Permission.objects.select_related("content_type").select_for_update(of=("self",)))
    list(Permission.objects.order_by("pk").select_for_update())


def test_another_celery_does_not_take_our_tasks() -> None:
    with pytest.raises(OtherCelery):
        Celery("other")
    Celery("other", set_as_current=False).close()
    assert current_app._get_current_object() is app


def _render(source: str, name: str, **context: object) -> str:
    engine = engines["django"].engine
    from django.template import Context, Origin, Template

    return Template(source, origin=Origin(name), engine=engine).render(Context(context))


def test_an_undefined_variable_fails_in_our_templates(settings: object) -> None:
    ours = str(settings.BASE_DIR / "templates" / "page.html")  # type: ignore[attr-defined]
    with pytest.raises(UndefinedVariable):
        _render("{{ person.nmae }}", ours, person={"name": "A"})
    with pytest.raises(UndefinedVariable):
        _render("{{ nothing|upper }}", ours)


def test_an_absence_that_is_said_is_let_through(settings: object) -> None:
    ours = str(settings.BASE_DIR / "templates" / "page.html")  # type: ignore[attr-defined]
    assert _render("{% if nothing %}a{% endif %}{{ nothing|default:'b' }}", ours) == "b"


def test_templates_of_packages_are_left_alone() -> None:
    assert _render("[{{ nothing }}{{ nothing|default:'b' }}]", "/site-packages/dsfr/templates/dsfr/x.html") == "[b]"


def _writes_a_person(_request: HttpRequest) -> HttpResponse:
    get_user_model().objects.filter(pk=0).update(last_login=timezone.now())
    return HttpResponse()


def _writes_a_session(_request: HttpRequest) -> HttpResponse:
    Session.objects.filter(pk="none").delete()
    return HttpResponse()


@pytest.mark.django_db
def test_a_get_that_writes_fails() -> None:
    guarded = readonly.GetNeverWrites(_writes_a_person)
    with pytest.raises(readonly.GetWrote), transaction.atomic():
        guarded(RequestFactory().get("/"))
    assert guarded(RequestFactory().post("/")).status_code == 200
    assert readonly.GetNeverWrites(_writes_a_session)(RequestFactory().get("/")).status_code == 200


@pytest.mark.parametrize(
    "sql",
    [
        'INSERT INTO "dossiers_event" (x)',
        'UPDATE "dossiers_dossier" SET',
        "delete from dossiers_dossier",
        'TRUNCATE "a"',
    ],
)
def test_every_way_of_writing_is_known(sql: str) -> None:
    assert readonly.WRITES.match(sql)


def test_the_guard_is_in_the_site_under_test(settings: object) -> None:
    assert settings.MIDDLEWARE[0] == "earlyaccess.testing.readonly.GetNeverWrites"  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_nothing() -> None:
    load_world()
    story().draft().sign().file()
    with pytest.raises(DatabaseError):
        Event.objects.all()._raw_delete("default")  # refused, but to what empties the tables
    empty_the_tables()
    left = {model.__name__ for model in apps.get_models() if model._default_manager.exists()}
    assert left == {"ContentType", "Permission"}
