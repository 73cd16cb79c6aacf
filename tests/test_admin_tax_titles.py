"""The tax titles that staff may add: each stands for one tax, however it is written (rules O3)."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from integration.models import TaxTitle
from integration.rights import PROJECT_MANAGERS, STAFF

pytestmark = pytest.mark.django_db(databases=["default", "prextra"])

ADD = reverse("admin:integration_taxtitle_add")


@pytest.fixture
def client() -> Client:
    TaxTitle.objects.all().delete()
    TaxTitle.objects.create(title="TPS", tax=TaxTitle.Tax.FEDERAL)
    user = User.objects.create_user("marie", is_staff=True)
    user.groups.set(Group.objects.filter(name=STAFF))
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def titles() -> list[str]:
    return [row.title for row in TaxTitle.objects.order_by("pk")]


@pytest.mark.parametrize("title", ["tps", "TPS", " Tps "])
def test_staff_cannot_add_a_title_again_in_other_letters_and_the_row_is_named(client: Client, title: str) -> None:
    answer = client.post(ADD, {"title": title, "tax": TaxTitle.Tax.PROVINCIAL})

    assert answer.status_code == 200
    (text,) = answer.context["adminform"].form.errors["title"]
    assert ("« TPS »" in text, "federal" in text) == (True, True)
    assert titles() == ["TPS"]


def test_accents_have_no_case_either(client: Client) -> None:
    TaxTitle.objects.create(title="ÉCOFRAIS", tax=TaxTitle.Tax.FEDERAL)
    client.post(ADD, {"title": "écofrais", "tax": TaxTitle.Tax.PROVINCIAL})

    assert titles() == ["TPS", "ÉCOFRAIS"]


def test_a_title_of_its_own_is_added_without_the_spaces_around(client: Client) -> None:
    assert client.post(ADD, {"title": " Eco fee ", "tax": TaxTitle.Tax.PROVINCIAL}).status_code == 302
    assert titles() == ["TPS", "Eco fee"]


def test_a_row_may_be_written_in_other_letters_itself(client: Client) -> None:
    User.objects.get().groups.set(Group.objects.filter(name=PROJECT_MANAGERS))
    row = TaxTitle.objects.get()
    address = reverse("admin:integration_taxtitle_change", args=[row.pk])

    assert client.post(address, {"title": "Tps", "tax": row.tax}).status_code == 302
    assert titles() == ["Tps"]


@pytest.mark.usefixtures("client")
def test_the_database_refuses_it_too() -> None:
    with pytest.raises(IntegrityError):
        TaxTitle.objects.create(title="tps", tax=TaxTitle.Tax.PROVINCIAL)


@pytest.mark.usefixtures("client")
def test_of_titles_that_differed_by_case_or_spaces_the_oldest_stays() -> None:
    TaxTitle.objects.create(title=" tps", tax=TaxTitle.Tax.PROVINCIAL)
    TaxTitle.objects.create(title="TVQ ", tax=TaxTitle.Tax.PROVINCIAL)
    migration = import_module("integration.migrations.0008_one_tax_for_a_title")
    migration.keep_the_oldest(apps, SimpleNamespace(connection=connection))

    assert titles() == ["TPS", "TVQ"]
