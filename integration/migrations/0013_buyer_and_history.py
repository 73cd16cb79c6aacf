"""The buyer of what is held, to be found by name; and the history of the admin, for project managers."""

from __future__ import annotations

from typing import Any

import django.contrib.admin.models
from django.db import migrations, models

from integration.rights import grant_rights


def grant(apps: Any, schema_editor: Any) -> None:
    grant_rights(apps, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("integration", "0012_alert_claim"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoryLine",
            fields=[],
            options={
                "verbose_name": "line of the history",
                "verbose_name_plural": "history",
                "ordering": ["-action_time", "-id"],
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("admin.logentry",),
            managers=[("objects", django.contrib.admin.models.LogEntryManager())],
        ),
        migrations.AddField(
            model_name="heldrecord",
            name="buyer",
            field=models.CharField(blank=True, max_length=100, verbose_name="buyer"),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
