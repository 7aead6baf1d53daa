"""How a form tells what a service refused."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404

from dossiers.services.errors import Blocked, Forbidden, NotFound


def succeeds(do: Callable[[], object], form: forms.Form) -> bool:
    """Whether the service did it; what it refuses goes beside the fields."""
    try:
        do()
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(str(error.reasons[0].message)) from error
    except Blocked as error:
        for reason in error.reasons:
            form.add_error(reason.field if reason.field in form.fields else None, str(reason.message))
        return False
    return True
