"""What the screens of the cohort share: who acts, which cohort, how a refusal becomes a status."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from cohort.policy import is_company, is_hospital, reads_numbers, titles_of_cohorts
from cohort.protocol import Cohort, cohort_of
from dossiers.services.errors import Forbidden, NotFound
from workflows.types import Actor


def acting(request: HttpRequest) -> Actor:
    """The actor, whose role has something to do with cohorts. Raises PermissionDenied."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise PermissionDenied(_("Choose the role under which you act."))
    if not (is_hospital(actor) or is_company(actor) or reads_numbers(actor)):
        raise PermissionDenied(_("Your role has no page about the patients of early accesses."))
    return actor


def actor_of(request: HttpRequest) -> Actor:
    """The actor. Raises Http404 for somebody without a role: nothing is theirs to see."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise Http404
    return actor


def cohort_for(actor: Actor, chain: str) -> Cohort:
    """The cohort, when the actor may open it. Raises Http404."""
    if not titles_of_cohorts(actor).filter(chain=chain).exists():
        raise Http404
    found = cohort_of(chain)
    if found is None:
        raise Http404
    return found


@contextmanager
def statuses() -> Generator[None]:
    """Out of scope is 404, in scope without the right is 403."""
    try:
        yield
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(" ".join(str(reason.message) for reason in error.reasons)) from error
