"""One filing of a company: a request per indication, under one reference."""

from django.db import models


class Filing(models.Model):
    """What a company sends at once: one dossier per indication (CSP R.5121-68), which share its documents."""

    reference = models.CharField(max_length=32, unique=True)
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="filings")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference
