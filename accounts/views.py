"""The pages about oneself, and those anybody may read."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from accounts import services
from accounts.actors import active_memberships
from accounts.forms import ContactForm, ProfileForm
from accounts.middleware import SESSION_KEY
from accounts.models import Membership, Person


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What this site is, for whoever is not signed in; what to do, for who is signed in without a membership."""
    if request.user.is_authenticated:
        return render(request, "accounts/no_membership.html")
    return render(request, "accounts/landing.html")


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/accessibility.html")


@login_not_required
@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/legal.html")


@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    person = get_object_or_404(Person, pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        translation.activate(person.language)
        messages.success(request, _("Your profile is saved."))
        return _remember_language(redirect("accounts:profile"), person.language)
    today = timezone.localdate()
    held = Membership.objects.filter(person=person).select_related("organisation")
    context = {
        "form": form,
        "open_memberships": active_memberships(person, today),
        "past_memberships": held.filter(ends_on__lte=today).order_by("-ends_on", "pk"),
        "on": today,
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """How to reach me under one of my open memberships."""
    membership = _mine(request, pk)
    form = ContactForm(request.POST or None, instance=membership)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your contact details are saved."))
        return redirect("accounts:profile")
    context = {"form": form, "membership": membership}
    return render(request, "accounts/contact.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def choose_membership(request: HttpRequest) -> HttpResponse:
    """The page lists what I may act as; posting one of them makes it mine for this session."""
    if request.method == "GET":
        return render(request, "accounts/choose_membership.html")
    typed = request.POST.get("membership", "")
    membership = _mine(request, int(typed) if typed.isdecimal() and len(typed) < 19 else 0)
    request.session[SESSION_KEY] = membership.pk
    messages.success(
        request,
        _("You now act as %(role)s, %(organisation)s.")
        % {"role": membership.get_role_display(), "organisation": membership.organisation.name},
    )
    return redirect("/")


def _mine(request: HttpRequest, membership_id: int) -> Membership:
    assert isinstance(request.user, Person)
    try:
        return services.choose_membership(person=request.user, membership_id=membership_id, on=timezone.localdate())
    except services.NotYours as error:
        raise Http404 from error


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language; for somebody signed in, that of their mails too."""
    chosen = request.POST.get("language", "")
    if isinstance(request.user, Person) and chosen in dict(settings.LANGUAGES):
        Person.objects.filter(pk=request.user.pk).update(language=chosen)
    response = set_language(request)
    wanted = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        response["Location"] = "/"
    return response


def _remember_language(response: HttpResponse, code: str) -> HttpResponse:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,  # type: ignore[arg-type]
    )
    return response


@login_not_required
@never_cache
@require_safe
def session(request: HttpRequest) -> JsonResponse:
    """For a page that was left open (static/js/app.js): is there still a session, and today's form token.

    The token is readable by our own pages only: browsers give it to no other site.
    """
    return JsonResponse({"signed_in": request.user.is_authenticated, "csrf_token": get_token(request)})
