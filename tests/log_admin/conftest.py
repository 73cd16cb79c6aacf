"""Who reads the log and what is held in the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from integration.rights import STAFF


@pytest.fixture(autouse=True)
def speaking_english(in_english: None) -> None:
    """All of this folder."""


@pytest.fixture
def client() -> Client:
    """Someone of the staff: no superuser."""
    user = get_user_model().objects.create_user("marie", password="un-mot-de-passe", is_staff=True)
    user.groups.add(Group.objects.get(name=STAFF))
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client
