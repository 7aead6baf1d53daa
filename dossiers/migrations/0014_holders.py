"""A framework is held by each of its companies, and an obligation is owed by one organisation, or by the agency."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

HOLDERS = """
INSERT INTO dossiers_titleholder (title_id, organisation_id, since)
SELECT title.id, party.organisation_id, title.starts_on
FROM dossiers_title title
JOIN dossiers_party party ON party.dossier_id = title.dossier_id AND party.role = 'applicant'
WHERE title.procedure = 'cpc'
ORDER BY party.id
"""
OWED_BY_THE_FIRST = """
UPDATE dossiers_obligation SET holder_id = title.organisation_id
FROM dossiers_title title WHERE title.id = dossiers_obligation.title_id AND dossiers_obligation.owed_by = 'holder'
"""
# What is to do becomes each one's own; what was done or given up stays one fact.
OWED_BY_THE_OTHERS = """
INSERT INTO dossiers_obligation (
    title_id, kind, owed_by, holder_id, text, law, due_on, every_months, state, created_by_id, created_at, done_by_name,
    proof
)
SELECT owed.title_id, owed.kind, owed.owed_by, other.organisation_id, owed.text, owed.law, owed.due_on,
    owed.every_months, owed.state, owed.created_by_id, owed.created_at, '', owed.proof
FROM dossiers_obligation owed
JOIN dossiers_titleholder other ON other.title_id = owed.title_id AND other.organisation_id <> owed.holder_id
WHERE owed.owed_by = 'holder' AND owed.state = 'open'
ORDER BY owed.id, other.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("dossiers", "0013_advice"),
    ]

    operations = [
        migrations.CreateModel(
            name="TitleHolder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "title",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="holders",
                        to="dossiers.title",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(fields=("title", "organisation"), name="title_held_once_by_each")
                ],
            },
        ),
        migrations.AddField(
            model_name="obligation",
            name="holder",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="obligations",
                to="accounts.organisation",
            ),
        ),
        migrations.RunSQL([HOLDERS, OWED_BY_THE_FIRST, OWED_BY_THE_OTHERS], migrations.RunSQL.noop),
        # The rows just written have checks pending on their keys: done now, so that the table may be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                condition=Q(("state", "open")), fields=["holder", "due_on", "id"], name="obligation_to_do_of_holder"
            ),
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(("holder__isnull", False), ("owed_by", "holder")),
                    Q(("holder__isnull", True), ("owed_by", "agency")),
                    _connector="OR",
                ),
                name="obligation_is_owed_by_one",
            ),
        ),
    ]
