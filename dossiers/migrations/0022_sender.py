"""A document and a message say for which organisation their author acted: people work for several."""

import django.db.models.deletion
from django.db import migrations, models

# Of what is there: the owner of the file where they work for it, else another that takes part, else their first one.
FOR_WHOM = """
UPDATE {table} given SET organisation_id = (
    SELECT member.organisation_id FROM accounts_membership member
    WHERE member.person_id = given.{person}
    ORDER BY
        member.organisation_id = (SELECT organisation_id FROM dossiers_dossier WHERE id = given.dossier_id) DESC,
        EXISTS (
            SELECT 1 FROM dossiers_party party
            WHERE party.dossier_id = given.dossier_id AND party.organisation_id = member.organisation_id
        ) DESC,
        member.id
    LIMIT 1
)
"""
DOCUMENTS = FOR_WHOM.format(table="documents_attachment", person="uploaded_by_id")
MESSAGES = FOR_WHOM.format(table="dossiers_message", person="author_id")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("documents", "0003_sender"),
        ("dossiers", "0021_place_of_a_meeting"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="organisation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="accounts.organisation",
            ),
        ),
        migrations.RunSQL([DOCUMENTS, MESSAGES], migrations.RunSQL.noop),
        # The rows just written have checks pending on their keys: done now, so that the tables may be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
    ]
