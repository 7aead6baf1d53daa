"""POST /api/oauth/token/: a system shows its secret and takes a token that lives an hour (RFC 6749, 4.4).

Its errors have the form of RFC 6749 (5.2), which OAuth2 libraries read; too many of them are a problem document.
"""

from __future__ import annotations

import base64
import binascii
import logging
from typing import Final
from urllib.parse import unquote_plus

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.schema.operations import FORM, Body, operation
from api.systems import TOKEN_LASTS, client_with
from api.throttles import PerAddressAskingForTokens
from api.tokens import token_for_client
from api.views.base import ApiView

log = logging.getLogger(__name__)

LONGEST: Final = 300
ASKED: Final = {
    "type": "object",
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "scope": {"type": "string", "description": "Scopes separated by spaces; all of the system's when absent."},
        "client_id": {"type": "string", "description": "Unless HTTP Basic carries it."},
        "client_secret": {"type": "string", "description": "Unless HTTP Basic carries it."},
    },
    "required": ["grant_type"],
}


class OAuthError(Exception):
    def __init__(self, code: str, about: str) -> None:
        super().__init__(code)
        self.code, self.about = code, about


class Token(ApiView):
    is_public = True
    authentication_classes = ()
    throttle_classes = (PerAddressAskingForTokens,)
    parser_classes = (FormParser,)

    @operation(
        "oauth_token",
        tag="oauth",
        summary=_("Take a token for a system of an organisation, with its own secret"),
        about=_("OAuth2 client credentials: the client and its secret by HTTP Basic, or in the body."),
        answers={200: "AccessToken", 400: "OAuthError", 401: "OAuthError"},
        body=Body(ASKED, media=FORM),
    )
    def post(self, request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        try:
            body = _granted(request)
        except OAuthError as error:
            status = 401 if error.code == "invalid_client" else 400
            if status == 401:
                headers["WWW-Authenticate"] = 'Basic realm="earlyaccess"'
            told = {"error": error.code, "error_description": error.about}
            return Response(told, status=status, headers=headers)
        return Response(body, headers=headers)


def _granted(request: Request) -> dict[str, object]:
    given: QueryDict = request.data
    if any(len(given.getlist(name)) > 1 for name in given):
        raise OAuthError("invalid_request", "A parameter is given twice.")
    if any("\x00" in str(value) or len(str(value)) > LONGEST for value in given.values()):
        raise OAuthError("invalid_request", "A parameter cannot be read.")
    if not given.get("grant_type"):
        raise OAuthError("invalid_request", "grant_type is missing.")
    at = timezone.now()
    client = client_with(*_credentials(request, given), at=at)
    if client is None:
        raise OAuthError("invalid_client", "Unknown client, wrong secret, or a system that was ended.")
    if given["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is possible here.")
    scopes = str(given.get("scope", "")).split() or client.scopes
    if set(scopes) - set(client.scopes):
        raise OAuthError("invalid_scope", "This system was not given that scope.")
    token, secret = token_for_client(client=client, scopes=scopes, lasts=TOKEN_LASTS, at=at)
    log.info("api_token_issued client=%s token=%s", client.client_id, token.pk)
    return {
        "access_token": secret,
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LASTS.total_seconds()),
        "scope": " ".join(token.scopes),
    }


def _credentials(request: Request, given: QueryDict) -> tuple[str, str]:
    """(client, secret) by HTTP Basic or in the body, never both (RFC 6749, 2.3)."""
    scheme, _space, encoded = request.headers.get("Authorization", "").partition(" ")
    in_body = str(given.get("client_id", "")), str(given.get("client_secret", ""))
    if not scheme:
        return in_body
    if given.get("client_secret"):
        raise OAuthError("invalid_request", "Give the secret by HTTP Basic or in the body, not both.")
    if scheme.lower() != "basic":
        raise OAuthError("invalid_client", "Only HTTP Basic is read here.")
    try:
        client, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise OAuthError("invalid_client", "This HTTP Basic header cannot be read.") from error
    if not colon or "\x00" in client:
        raise OAuthError("invalid_client", "This HTTP Basic header cannot be read.")
    client, secret = unquote_plus(client), unquote_plus(secret)
    if given.get("client_id") not in (None, client):
        raise OAuthError("invalid_request", "The client of HTTP Basic and that of the body differ.")
    if "\x00" in client or len(client) > LONGEST:
        raise OAuthError("invalid_client", "This client cannot be read.")
    return client, secret
