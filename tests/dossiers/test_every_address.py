"""What every page owes its readers: kept by no cache, and an odd address is simply not found."""

import pytest
from django.test import Client

from tests.dossiers.screens import browser
from tests.dossiers.world import to_sign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.mark.parametrize(
    "address", ["/dossiers/%00/", "/letters/%00/", "/titles/a%00b/", "/dossiers/%00/edit/patient/"]
)
def test_a_nul_in_an_address_is_not_found(address: str) -> None:
    assert browser("prescriber").get(address).status_code == 404


def test_pages_of_signed_in_people_are_kept_by_no_cache() -> None:
    reference = to_sign().reference
    client = browser("ansm_signatory")
    for address in ("/", f"/dossiers/{reference}/", f"/dossiers/{reference}/preview/aac_grant/", "/titles/none/"):
        assert client.get(address)["Cache-Control"] == "private, no-store", address
    assert "Cache-Control" not in Client().get("/legal/")
