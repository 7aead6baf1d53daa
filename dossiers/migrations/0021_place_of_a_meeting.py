"""The place of a meeting may be the link of a video conference, which opens to whoever has it: encrypted."""

from django.db import migrations, models

import earlyaccess.crypto


def encrypt(apps, _editor):
    for meeting in apps.get_model("dossiers", "Meeting").objects.iterator():
        meeting.place = meeting.place_in_plain
        meeting.save(update_fields=["place"])


def decrypt(apps, _editor):
    for meeting in apps.get_model("dossiers", "Meeting").objects.iterator():
        meeting.place_in_plain = meeting.place
        meeting.save(update_fields=["place_in_plain"])


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0020_device_sites_and_shared_patients"),
    ]

    operations = [
        migrations.RenameField("meeting", "place", "place_in_plain"),
        # So that what was removed can be put back, empty, before it is filled again.
        migrations.AlterField("meeting", "place_in_plain", models.CharField(default="", max_length=300)),
        migrations.AddField(
            "meeting", "place", earlyaccess.crypto.EncryptedTextField(default=""), preserve_default=False
        ),
        migrations.RunPython(encrypt, decrypt),
        migrations.RemoveField("meeting", "place_in_plain"),
    ]
