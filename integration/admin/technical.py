"""For whoever keeps the app running: who may log in, what the worker does and did, whom the door was closed to."""

from __future__ import annotations

from typing import Any

from axes import admin as axes_admin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django_q import admin as _queue_admin  # noqa: F401 - it registers its pages first, and we take them away
from django_q.models import Failure, OrmQ, Schedule, Success

from integration.admin.asked import SelectedRows
from integration.admin.readonly import ReadOnlyAdmin

for foreign in (User, Group, AccessAttempt, AccessFailureLog, AccessLog, Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(foreign):
        admin.site.unregister(foreign)


@admin.register(User)
class PersonAdmin(SelectedRows, UserAdmin):  # type: ignore[type-arg]
    """What somebody may do comes from their groups alone."""

    list_display = ("username", "first_name", "last_name", "is_active", "is_superuser", "last_login")
    list_filter = ("groups", "is_active", "is_superuser")
    show_facets = admin.ShowFacets.NEVER
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = forms.CheckboxSelectMultiple
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "groups":
            field.help_text = db_field.help_text
        return field


@admin.register(Group)
class RightsAdmin(ReadOnlyAdmin):
    """The groups are those of `rights.py`: made by migration, so that they are the same everywhere."""

    list_display = ("name", "members")
    fields = ("name", "rights")
    readonly_fields = ("rights",)
    ordering = GroupAdmin.ordering

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        groups: QuerySet[Group] = super().get_queryset(request)
        return groups.annotate(member_count=Count("user"))

    @admin.display(description=_("members"))
    def members(self, group: Any) -> int:
        return int(group.member_count)

    @admin.display(description=_("rights"))
    def rights(self, group: Group) -> str:
        rights = group.permissions.select_related("content_type").order_by("content_type__app_label", "name")
        return format_html_join("", "{}<br>", ((str(right),) for right in rights))


@admin.register(AccessAttempt)
class WrongPasswordsAdmin(axes_admin.AccessAttemptAdmin):  # type: ignore[misc]
    """Deleting one opens the door again before the quarter of an hour is over."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    list_filter = ("attempt_time",)
    actions = None
    fieldsets = ((None, {"fields": ("username", "ip_address", "user_agent", "attempt_time", "failures_since_start")}),)

    def has_change_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        return False


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("name", "func", "schedule_type", "next_run")
    fields = ("name", "func", "schedule_type", "minutes", "next_run", "repeats")


@admin.register(Failure)
class FailureAdmin(ReadOnlyAdmin):
    """What the worker could not carry out. Its arguments are pickled: nothing here opens them."""

    list_display = ("name", "func", "started", "stopped")
    fields = ("name", "func", "started", "stopped")
