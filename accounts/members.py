"""The members of my organisation: what its administrator sees and does. Another organisation's are not found."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services
from accounts.forms import InvitationForm, RoleForm
from accounts.mails import first_path, send_invitation
from accounts.models import Membership
from workflows import roles

PAGE = 50


def administrators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """403 for every other role, whatever the organisation."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        if membership is None or membership.role != roles.ORG_ADMIN:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(guarded)


def _of_my_organisation(request: HttpRequest, pk: int) -> Membership:
    organisation_id = request.membership.organisation_id  # type: ignore[attr-defined]
    try:
        return services.member_of(organisation_id=organisation_id, membership_id=pk)
    except services.NotYours as error:
        raise Http404 from error


def _open_one_of_my_organisation(request: HttpRequest, pk: int) -> Membership:
    membership = _of_my_organisation(request, pk)
    if not membership.is_open(timezone.localdate()):
        raise Http404
    return membership


@require_safe
@administrators_only
def listing(request: HttpRequest) -> HttpResponse:
    organisation = request.membership.organisation  # type: ignore[attr-defined]
    today = timezone.localdate()
    past = request.GET.get("past") == "1"
    rows = Membership.objects.filter(organisation=organisation).select_related("person")
    rows = rows.filter(ends_on__lte=today) if past else rows.filter(Q(ends_on=None) | Q(ends_on__gt=today))
    search = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    for word in search.split():
        rows = rows.filter(
            Q(person__last_name__icontains=word)
            | Q(person__first_name__icontains=word)
            | Q(person__email__icontains=word)
        )
    rows = rows.order_by(Lower("person__last_name"), Lower("person__first_name"), "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"organisation": organisation, "page": page, "past": past, "search": search}
    return render(request, "accounts/members.html", context)


@require_http_methods(["GET", "POST"])
@administrators_only
def invite(request: HttpRequest) -> HttpResponse:
    organisation = request.membership.organisation  # type: ignore[attr-defined]
    form = InvitationForm(request.POST or None, organisation=organisation)
    if form.is_valid() and form.cleaned_data["email"].strip().lower() == request.user.email.lower():  # type: ignore[union-attr]
        # Else an administrator could take up, alone, a role that examines or signs.
        form.add_error("email", _("You cannot give yourself a role: ask another administrator."))
    if form.is_valid():
        try:
            membership = services.invite(organisation=organisation, on=timezone.localdate(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            _mail(request, membership)
            return redirect("accounts:members")
    context = {"organisation": organisation, "form": form}
    return render(request, "accounts/invite.html", context, status=422 if form.errors else 200)


@require_safe
@administrators_only
def member(request: HttpRequest, pk: int) -> HttpResponse:
    membership = _of_my_organisation(request, pk)
    return _member_page(request, membership, RoleForm(membership=membership))


def _member_page(request: HttpRequest, membership: Membership, form: RoleForm) -> HttpResponse:
    context = {
        "membership": membership,
        "form": form,
        "is_open": membership.is_open(timezone.localdate()),
        "is_me": membership.person_id == request.user.pk,
        "never_signed_in": not membership.person.has_usable_password(),
    }
    return render(request, "accounts/member.html", context, status=422 if form.errors else 200)


@require_POST
@administrators_only
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    membership = _open_one_of_my_organisation(request, pk)
    form = RoleForm(request.POST, membership=membership)
    if membership.person_id == request.user.pk:
        form.add_error(None, _("You cannot change your own role: ask another administrator."))
    if form.is_valid():
        try:
            services.change_role(membership=membership, role=form.cleaned_data["role"], on=timezone.localdate())
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The role is changed."))
            return redirect("accounts:members")
    return _member_page(request, membership, form)


@require_POST
@administrators_only
def end(request: HttpRequest, pk: int) -> HttpResponse:
    membership = _open_one_of_my_organisation(request, pk)
    if membership.person_id == request.user.pk:
        # Else the last administrator could lock everybody out of this page by a wrong click.
        messages.error(request, _("You cannot end your own membership: ask another administrator."))
        return redirect("accounts:member", pk=pk)
    services.end_membership(membership=membership, on=timezone.localdate())
    messages.success(
        request,
        _("%(name)s no longer acts for your organisation. What they did keeps their name.")
        % {"name": membership.person.full_name},
    )
    return redirect("accounts:members")


@require_POST
@administrators_only
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Another link, for who lost the first or let it lapse."""
    _mail(request, _open_one_of_my_organisation(request, pk))
    return redirect("accounts:member", pk=pk)


def _mail(request: HttpRequest, membership: Membership) -> None:
    send_invitation(membership=membership, link=request.build_absolute_uri(first_path(membership.person)))
    messages.success(request, _("A mail is on its way to %(email)s.") % {"email": membership.person.email})
