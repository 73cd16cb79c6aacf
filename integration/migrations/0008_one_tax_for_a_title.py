"""A title stands for one tax, however it is written (rules O3). Of several that differ by case, the oldest stays."""

from django.db import migrations, models
from django.db.models.functions import Lower


def keep_the_oldest(apps, schema_editor):
    seen = set()
    for row in apps.get_model("integration", "TaxTitle").objects.using(schema_editor.connection.alias).order_by("pk"):
        title = row.title.strip()
        if title.casefold() in seen:
            row.delete()
        elif title != row.title:
            row.title = title
            row.save(update_fields=["title"])
        seen.add(title.casefold())


class Migration(migrations.Migration):
    dependencies = [("integration", "0007_one_request_under_way")]

    operations = [
        migrations.RunPython(keep_the_oldest, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="taxtitle",
            constraint=models.UniqueConstraint(Lower("title"), name="one_tax_for_a_title"),
        ),
    ]
