"""What runs by itself: one row of django-q2 for each job, made and corrected by the app as a cluster starts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

DISPATCH: Final = "integration.jobs.dispatch"
PREFIX: Final = "integration.jobs."


def planned() -> Mapping[str, int]:
    """The jobs by their path, and after how many minutes each comes again."""
    every = settings.SYNC_INTERVAL_MINUTES
    return {DISPATCH: every, "integration.jobs.tell": every, "integration.jobs.tidy": 24 * 60}


def install_schedule() -> None:
    """Makes the rows that are missing, corrects those that differ, and takes away what is not planned any more."""
    with transaction.atomic(using="default"):
        Schedule.objects.filter(func__startswith=PREFIX).exclude(func__in=planned()).delete()
        for path, minutes in planned().items():
            rows = Schedule.objects.filter(func=path)
            values = {"schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1, "cluster": None}
            if rows.exists():
                rows.exclude(**values).update(next_run=timezone.now(), **values)
                latest = timezone.now() + timedelta(
                    minutes=minutes
                )  # a clock that was ahead would silence it till then
                rows.filter(next_run__gt=latest).update(next_run=timezone.now())
            else:
                name = path.removeprefix(PREFIX)
                Schedule.objects.create(func=path, name=name, next_run=timezone.now(), **values)
    for path in planned():  # two clusters that start at once may each have made one: the last to look sees both
        doubles = list(Schedule.objects.filter(func=path).order_by("pk").values_list("pk", flat=True))[1:]
        Schedule.objects.filter(pk__in=doubles).delete()
