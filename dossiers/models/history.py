"""What was brought in from elsewhere: once each, and never twice."""

from django.db import models

from dossiers.models.dossier import Dossier
from earlyaccess.append_only import append_only


class ImportedCase(models.Model):
    """A dated history that `import_history` replayed. `case` is the id that its source gives, `digest` the SHA-256 of
    what it said: the same case comes in once, and another history under the same id is refused."""

    case = models.CharField(max_length=200, unique=True)
    digest = models.CharField(max_length=64)
    dossier = models.OneToOneField(Dossier, models.RESTRICT, related_name="imported_case")
    at = models.DateTimeField()

    class Meta:
        triggers = append_only("imported_case")

    def __str__(self) -> str:
        return self.case
