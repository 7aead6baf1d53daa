"""Each holder of a title comments by itself on what the authority intends."""

import django.db.models.deletion
import earlyaccess.crypto
from django.conf import settings
from django.db import migrations, models

# Whoever answered did so for the holder they work for, the first that is named else.
ANSWERS = """
INSERT INTO dossiers_holdercomments (invitation_id, organisation_id, text, given_by_id, given_by_name, given_at)
SELECT asked.id,
    COALESCE((
        SELECT holder.organisation_id FROM dossiers_titleholder holder
        JOIN accounts_membership member ON member.organisation_id = holder.organisation_id
        WHERE holder.title_id = asked.title_id AND member.person_id = asked.answered_by_id
        ORDER BY holder.id LIMIT 1
    ), title.organisation_id),
    asked.comments, asked.answered_by_id, asked.answered_by_name, asked.answered_at
FROM dossiers_commentinvitation asked
JOIN dossiers_title title ON title.id = asked.title_id
WHERE asked.answered_at IS NOT NULL
"""
# What is still open waits for the others.
AWAITED = """
UPDATE dossiers_commentinvitation asked SET answered_at = NULL
WHERE asked.closed_at IS NULL AND EXISTS (
    SELECT 1 FROM dossiers_titleholder holder WHERE holder.title_id = asked.title_id AND NOT EXISTS (
        SELECT 1 FROM dossiers_holdercomments said
        WHERE said.invitation_id = asked.id AND said.organisation_id = holder.organisation_id
    )
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("dossiers", "0022_sender"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HolderComments",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", earlyaccess.crypto.EncryptedTextField()),
                ("given_by_name", models.CharField(blank=True, max_length=200)),
                ("given_at", models.DateTimeField()),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="answers",
                        to="dossiers.commentinvitation",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ("given_at", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("invitation", "organisation"), name="each_holder_comments_once")
                ],
            },
        ),
        migrations.RunSQL([ANSWERS, AWAITED], migrations.RunSQL.noop),
        # The rows just written have checks pending on their keys: done now, so that the table may be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="commentinvitation",
            name="answered_by",
        ),
        migrations.RemoveField(
            model_name="commentinvitation",
            name="answered_by_name",
        ),
        migrations.RemoveField(
            model_name="commentinvitation",
            name="comments",
        ),
    ]
