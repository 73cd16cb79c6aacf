"""Who gets in, what each may do, and that neither a stranger's text nor a forged address does anything."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import models
from django.test import Client
from django.urls import reverse

from integration.demo.shop.shop import CLIENT_SECRET, StandInShop
from integration.models import AccessToken, HeldRecord
from integration.rights import PROJECT_MANAGERS, STAFF
from prextra_models.models import Company, Item, Warehouse
from prextra_models.router import PREXTRA
from tests.sample import first_pass, hurried_shop, merchant
from tests.walk import every_address, pages_of

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA])

ANYBODYS = {"index", "login", "logout", "jsi18n", "password_change", "password_change_done"}
MARKUP = "<i id=x>"
PASSWORD = "correct horse battery"


@pytest.fixture
def shop() -> StandInShop:
    return hurried_shop()


@pytest.fixture
def sample(shop: StandInShop, shop_url: str) -> Warehouse:
    """What the demo shows: a pass has brought orders in, and some things are held."""
    warehouse = merchant(shop, shop_url)
    first_pass()
    return warehouse


def client_of(role: str) -> Client:
    """A browser of somebody who is logged in: superuser, manager, staff, or nobody, who may log in and nothing else."""
    user = User.objects.create_user(role, password=PASSWORD, is_staff=True, is_superuser=role == "superuser")
    if group := {"manager": PROJECT_MANAGERS, "staff": STAFF}.get(role):
        user.groups.add(Group.objects.get(name=group))
    client = Client(raise_request_exception=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def is_refused(answer: Any) -> bool:
    """Refused, or sent to the first page because there is no such record."""
    nowhere = answer.status_code == 302 and answer["Location"] == reverse("admin:index")
    return nowhere or answer.status_code in {403, 404, 405}


def counts() -> dict[str, int]:
    """How many rows each table has, to see that none came and none went."""
    return {
        model._meta.label: model._default_manager.count()
        for label in ("integration", "prextra_models", "auth", "axes", "django_q")
        for model in apps.get_app_config(label).get_models()
        if model is not AccessToken
    }


# Rights


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_logged_in_is_sent_to_the_login_page_by_every_address(sample: Warehouse, method: str) -> None:
    before = counts()
    for name, address in every_address():
        if name not in {"login", "logout", "jsi18n"}:
            answer = getattr(Client(), method)(address)
            assert answer.status_code == 302, name
            assert answer["Location"].startswith(reverse("admin:login")), name
    assert counts() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_user_without_rights_is_refused_by_every_address(sample: Warehouse, method: str) -> None:
    client = client_of("nobody")
    before = counts()
    for name, address in every_address():
        if name not in ANYBODYS:
            answer = getattr(client, method)(address)
            assert is_refused(answer), f"{name}: {answer.status_code}"
    assert counts() == before


def test_a_user_without_rights_sees_nothing_of_the_business_on_the_first_page(sample: Warehouse) -> None:
    page = client_of("nobody").get(reverse("admin:index")).content.decode()
    assert sample.name not in page
    assert "/admin/prextra_models/" not in page
    assert "/admin/sync/" not in page


def test_staff_may_not_change_configuration(sample: Warehouse) -> None:
    client = client_of("staff")
    item = Item.objects.using(PREXTRA).filter(shopify=True).order_by("pk")[0]
    for model, pk in ((Company, sample.company_id), (Warehouse, sample.pk), (Item, item.pk)):
        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])
        assert client.get(page).status_code == 200, "they may look"
        assert client.post(page, {"name": "changed"}).status_code == 403
    assert Warehouse.objects.using(PREXTRA).get().name == sample.name


def test_staff_have_no_action_of_those_who_configure_even_when_they_forge_it(sample: Warehouse) -> None:
    client, manager = client_of("staff"), client_of("manager")
    item = Item.objects.using(PREXTRA).filter(shopify=True).order_by("pk")[0]
    page = reverse("admin:prextra_models_item_changelist")
    offered = dict(manager.get(page).context["action_form"].fields["action"].choices)
    for action in filter(None, offered):
        client.post(page, {"action": action, "_selected_action": item.pk, "index": "0"})
    assert Item.objects.using(PREXTRA).get(pk=item.pk).shopify
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("role", ["staff", "manager"])
def test_nobody_but_the_superuser_manages_users_and_what_the_app_keeps_for_itself(sample: Warehouse, role: str) -> None:
    client = client_of(role)
    for name, address in every_address():
        if name.startswith(("auth_", "axes_", "django_q_")):
            for answer in (client.get(address), client.post(address)):
                assert is_refused(answer), f"{name}: {answer.status_code}"


@pytest.mark.parametrize("role", ["staff", "manager", "superuser"])
def test_documents_and_the_log_are_added_changed_and_deleted_by_nobody(sample: Warehouse, role: str) -> None:
    client, before = client_of(role), counts()
    kept = ("salesorder", "prepayment", "deposit", "shipment", "invoice", "syncrun", "syncentry", "productlink")
    for name, address in every_address():
        if any(f"_{model}_" in name for model in kept) and name.endswith(("_add", "_delete", "_change")):
            assert client.post(address, {"post": "yes"}).status_code == 403, name
    assert counts() == before


def test_another_users_password_is_changed_by_the_superuser_only(sample: Warehouse) -> None:
    client, other = client_of("manager"), User.objects.create_user("other", password=PASSWORD)
    address = reverse("admin:auth_user_password_change", args=[other.pk])
    answer = client.post(address, {"password1": "x9!long-enough", "password2": "x9!long-enough"})
    assert answer.status_code == 403
    other.refresh_from_db()
    assert other.check_password(PASSWORD)


# Forged addresses and texts


FORGED = ("0", "999999999", "9" * 30, "-1", "' OR 1=1 --", "..", "\0", "<i>", "é" * 300, "None")


def test_a_forged_identifier_finds_nothing(sample: Warehouse) -> None:
    client, before = client_of("superuser"), counts()
    for name, _address in every_address():
        if name.endswith(("_change", "_delete", "_history")) and name != "password_change":
            for forged in FORGED:
                answer = client.get(reverse(f"admin:{name}", args=[forged]))
                assert answer.status_code in {302, 403, 404}, f"{name} {forged!r}: {answer.status_code}"
    assert counts() == before


QUERIES = (
    "q='%00", "q=" + "x" * 5000, "q=" + "a+" * 1500, "o=99.-99.x", "p=-5", "p=999999999999", "e=1", "all=", "pk__in=x", "nothing=1",
    "shopify_access_token__startswith=s", "warehouse__exact=%00", "run__id__exact=abc", "state=zzz", "reason=zzz",
    "started_at__year=9999999", "at__year=9999999", "action_time__year=0", "user__password__startswith=m",
)  # fmt: skip


def test_a_forged_query_breaks_no_list(sample: Warehouse) -> None:
    client = client_of("superuser")
    for name, address in every_address():
        if name.endswith("_changelist"):
            for query in QUERIES:
                answer = client.get(f"{address}?{query}")
                assert answer.status_code in {200, 302, 400}, f"{name} {query[:60]}: {answer.status_code}"


@pytest.mark.parametrize("forged", ["abc", "9" * 30, ""])
def test_a_forged_choice_of_rows_is_none(sample: Warehouse, forged: str) -> None:
    client, before = client_of("superuser"), counts()
    for name, address in every_address():
        if name.endswith("_changelist"):
            posted = {"action": "delete_selected", "_selected_action": forged, "post": "yes"}
            answer = client.post(address, posted)
            assert answer.status_code in {200, 302, 403}, f"{name}: {answer.status_code}"
    assert counts() == before


def test_html_in_every_text_is_shown_as_text(sample: Warehouse) -> None:
    client = client_of("superuser")
    for label in ("integration", "prextra_models"):
        for model in apps.get_app_config(label).get_models():
            spoil(model)
    for held in HeldRecord.objects.all():
        held.params = dict.fromkeys(held.params, MARKUP) | {"gap": "1"}
        held.save()
    visited = shown = 0
    for address in pages_of("superuser"):
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        if answer.get("Content-Type", "").startswith("text/html"):
            page = answer.content.decode()
            assert MARKUP not in page, address
            visited += 1
            shown += "&lt;i id=x&gt;" in page
    assert visited > 30
    assert shown > 15, "the markup is on the pages, as text"


def spoil(model: type[models.Model]) -> None:
    """Puts markup into every text of every row that may hold any, as far as keys and choices leave it."""
    for field in model._meta.concrete_fields:
        free = isinstance(field, (models.CharField, models.TextField)) and type(field).__name__ != "EncryptedTextField"
        if free and not (field.primary_key or field.unique or field.choices or field.is_relation):
            if field.name in KEYS or (field.max_length or 100) < len(MARKUP):
                continue
            model._default_manager.all().update(**{field.name: MARKUP})


KEYS = {
    "code",
    "number",
    "warehouse",
    "flow",
    "shopify_id",
    "shopify_url",
    "reason",
    "outcome",
    "kind",
    "language",
    "field",
    "item",
}
"""What other rows are found by."""


# Secrets


def test_no_secret_is_on_a_page_in_a_file_in_the_history_or_in_what_is_logged(
    sample: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of("superuser")
    token = AccessToken.objects.get()
    secrets = {CLIENT_SECRET, token.token, "shpss_typed_by_hand"}
    said, address = "", reverse("admin:prextra_models_warehouse_change", args=[sample.pk])
    form = client.get(address).context["adminform"].form
    typed = {name: value for name, value in form.initial.items() if value is not None and value is not False}
    for more in (
        {"shopify_url": "https://not-a-shop.example"},
        {"_test": "1"},
        {"_continue": "1"},
    ):  # refused, tried, saved
        answer = client.post(address, {**typed, "access_token": "shpss_typed_by_hand", **more}, follow=True)
        said += answer.content.decode()
    assert Warehouse.objects.using(PREXTRA).get().shopify_access_token == "shpss_typed_by_hand"
    said += "".join(text_of(client, page) for page in pages_of("superuser"))
    said += "".join(f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all())
    said += caplog.text
    assert "Jeton d'accès" in said or "Jeton d&#x27;accès" in said, "the walk went by where it would be"
    assert [secret for secret in secrets if secret in said] == []


def text_of(client: Client, page: str) -> str:
    """What the page says; of an export, what both kinds of files say."""
    answer = client.get(page, follow=True)
    if not page.endswith("/export/"):
        return answer.content.decode()
    return "".join(exported(client, page))


def exported(client: Client, page: str) -> Iterator[str]:
    form = client.get(page).context["form"]
    for number, _label in form.fields["format"].choices:
        if number == "":
            continue
        data: dict[str, Any] = {name: "on" for name in form.fields if name not in {"format", "export_items"}}
        answer = client.post(page, {**data, "format": number})
        content = answer.getvalue() if answer.streaming else answer.content
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                yield "".join(parts.read(part).decode("utf-8", "replace") for part in parts.namelist())
        else:
            yield content.decode("utf-8", "replace")
