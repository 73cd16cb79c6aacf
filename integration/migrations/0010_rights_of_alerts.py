"""Project managers say who is told by e-mail, and confirm Prextra's database; staff see both."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from integration.rights import grant_rights


def grant(apps: Any, schema_editor: Any) -> None:
    grant_rights(apps, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("integration", "0009_running")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
