"""The titles that Shopify gives to Canadian taxes, French and English (rules O3). Staff may add to them."""

from django.db import migrations

TITLES = {
    "federal": ["TPS", "GST", "TVH", "HST"],
    "provincial": ["TVQ", "QST", "TVP", "PST", "RST", "TVD"],
}


def add_titles(apps, schema_editor):
    tax_title = apps.get_model("integration", "TaxTitle")
    for tax, titles in TITLES.items():
        for title in titles:
            tax_title.objects.get_or_create(title=title, defaults={"tax": tax})


class Migration(migrations.Migration):
    dependencies = [("integration", "0001_initial")]

    operations = [migrations.RunPython(add_titles, migrations.RunPython.noop)]
