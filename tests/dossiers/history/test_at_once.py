"""Two imports of one file at once: each case comes in once."""

import pytest

from dossiers.models import Dossier, ImportedCase
from dossiers.services.log import differences
from tests.dossiers.history.helpers import case, play
from tests.dossiers.test_races import at_once
from tests.snapshot import load_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_imports_wait_for_each_other(transactional_db):
    load_world()
    cases = [case(id=f"H-{rank}") for rank in range(3)]
    answers = at_once(lambda rank: play(*cases), threads=3)
    fates = [[one.fate for one in outcomes] for outcomes in answers]
    assert sorted(fate for one in fates for fate in one) == ["kept"] * 3 + ["known"] * 6
    assert Dossier.objects.count() == ImportedCase.objects.count() == 3
    references = sorted(Dossier.objects.values_list("reference", flat=True))
    assert references == [f"AAC-D-2024-00000{rank}" for rank in (1, 2, 3)]
    for dossier in Dossier.objects.order_by("pk"):
        assert not list(differences(dossier, dossier.title))
