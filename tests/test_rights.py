"""The two groups and their rights, as the migrations leave them."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User

from integration.rights import CONFIGURED, PROJECT_MANAGERS, REVIEWED, SEEN, STAFF, grant_rights

pytestmark = pytest.mark.django_db


def rights_of(group: str) -> set[str]:
    rights = Group.objects.get(name=group).permissions.select_related("content_type")
    return {
        f"{right.codename.split('_')[0]} {right.content_type.app_label}.{right.content_type.model}" for right in rights
    }


def test_the_migrations_make_two_groups_with_exactly_the_rights_that_are_listed() -> None:
    seen = {f"view {model}" for model in SEEN}
    assert set(Group.objects.values_list("name", flat=True)) == {PROJECT_MANAGERS, STAFF}
    assert rights_of(STAFF) == {*seen, *REVIEWED}
    assert rights_of(PROJECT_MANAGERS) == {*seen, *REVIEWED, *CONFIGURED}


def test_granting_again_takes_away_what_somebody_added_by_hand_and_gives_back_what_is_missing() -> None:
    staff = Group.objects.get(name=STAFF)
    before = rights_of(STAFF)
    staff.permissions.set([Permission.objects.get(codename="delete_user")])
    grant_rights(apps, "default")
    assert rights_of(STAFF) == before


def test_nobody_but_the_superuser_may_touch_users_documents_or_the_log() -> None:
    user = User.objects.create_user("manager", is_staff=True)
    user.groups.set(Group.objects.all())
    given = user.get_all_permissions()
    assert not [right for right in given if right.startswith(("auth.", "axes.", "django_q.", "admin."))]
    documents = ("salesorder", "prepayment", "deposit", "shipment", "invoice", "syncrun", "syncentry", "watermark")
    for verb in ("add", "change", "delete"):
        assert not [right for right in given if right.endswith(tuple(f".{verb}_{name}" for name in documents))]
