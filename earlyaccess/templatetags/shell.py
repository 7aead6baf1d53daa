"""What the frame of every page asks: the menu, the inbox counter, the other language."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info

from accounts.models import Person
from earlyaccess.navigation import Link, address, links_for
from notifications import outbox

register = template.Library()


@register.simple_tag(takes_context=True)
def navigation_entries(context: template.Context) -> list[Link]:
    """The main menu; empty where the page was made without a request."""
    request: HttpRequest | None = context.get("request")
    return links_for(request) if request is not None and hasattr(request, "user") else []


@register.simple_tag
def optional_url(url_name: str) -> str:
    """The address of a page that another room may or may not have."""
    return address(url_name)


@register.simple_tag(takes_context=True)
def inbox_count(context: template.Context) -> str:
    """Messages the reader has not opened, as said; "" for none. The header shows it twice (bar and phone menu) and
    asks once."""
    request = context["request"]
    if not hasattr(request, "unread_messages"):
        request.unread_messages = outbox.unread_count(request.user) if isinstance(request.user, Person) else 0
    return outbox.said(request.unread_messages) if request.unread_messages else ""


@register.simple_tag
def other_language() -> dict[str, Any]:
    """The language the reader could switch to, under its own name."""
    code = next(code for code, _name in settings.LANGUAGES if code != get_language())
    return {"code": code, "name": get_language_info(code)["name_local"].capitalize()}


@register.simple_tag(takes_context=True)
def passkeys_work_here(context: template.Context) -> bool:
    """Browsers refuse passkeys on a bare IP address such as 127.0.0.1: no button that cannot work."""
    host = urlsplit(f"//{context['request'].get_host()}").hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False
