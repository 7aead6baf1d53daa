"""What the letters of an AAC take from its answers (mentions of CSP R.5121-74-3)."""

from __future__ import annotations

from typing import Any

from documents.letters.matter import PatientMatter
from dossiers.forms.aac.reading import typed_medicine
from dossiers.forms.base import Answers


def matter(answers: Answers) -> dict[str, Any]:
    """`medicine`: keywords of MedicineMatter as typed; `indication` as typed; `patient`; `posology`."""
    patient = answers.get("patient", {})
    asked = answers.get("medicine", {})
    typed = typed_medicine(answers)
    return {
        "medicine": {name: typed[name] for name in ("name", "inn", "form", "strength")},
        "indication": asked.get("other_indication") or "",
        "patient": PatientMatter(
            initials=str(patient.get("initials") or ""),
            birth_month=str(patient.get("birth_month") or ""),
            sex=str(patient.get("sex") or ""),
            weight_kg=str(patient.get("weight_kg") or ""),
        ),
        "posology": asked.get("posology") or "",
    }
