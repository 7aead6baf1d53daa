"""What is typed on the public verification pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from documents.letters.codes import normalised

LARGEST_LETTER_BYTES = 5 * 1024 * 1024


class CodeForm(forms.Form):
    """The code printed at the end of a letter."""

    code = forms.CharField(
        label=_("Verification code"),
        help_text=_("20 letters and digits at the end of the letter. Capitals, spaces and dashes do not matter."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code = normalised(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _("This is not a verification code: it has 20 letters and digits. Copy it again from the letter."),
                code="malformed",
            )
        return code


class CompareForm(forms.Form):
    """The PDF somebody holds, to be compared with the one that was issued."""

    pdf = forms.FileField(
        label=_("The PDF you hold"),
        help_text=_("It is compared with the letter that was issued, and not kept."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"}),
    )

    def clean_pdf(self) -> Any:
        upload: UploadedFile = self.cleaned_data["pdf"]
        if (upload.size or 0) > LARGEST_LETTER_BYTES:
            raise forms.ValidationError(
                _("This file is far larger than any letter. Choose the PDF of the letter itself."), code="too_big"
            )
        return upload
