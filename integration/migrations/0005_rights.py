"""The two groups of the admin, with their rights (see `integration/rights.py`)."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from integration.rights import grant_rights


def grant(apps: Any, schema_editor: Any) -> None:
    grant_rights(apps, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("integration", "0004_admin"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
