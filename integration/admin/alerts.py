"""« Destinataires des alertes » and « Alertes »: who is told by e-mail that something needs them, and what was told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration import alert_mail
from integration.admin.asked import SelectedRows
from integration.admin.readonly import ReadOnlyAdmin
from integration.admin.shown import BAD, OK, moment, pill, two_lines
from integration.models import Alert, AlertRecipient
from integration.reasons import advice
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA


class RecipientForm(forms.ModelForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The warehouse is chosen among those of Prextra; one that is gone since stays as it was typed."""
        super().__init__(*args, **kwargs)
        if "warehouse" not in self.fields:  # who may only look
            return
        known = {row.pk: str(row) for row in Warehouse.objects.using(PREXTRA).order_by("pk")}
        kept = self.instance.warehouse
        choices = [("", _("all warehouses")), *({kept: kept, **known} if kept else known).items()]
        self.fields["warehouse"].widget = forms.Select(choices=choices)
        self.fields["warehouse"].help_text = ""


@admin.register(AlertRecipient)
class AlertRecipientAdmin(SelectedRows):
    form = RecipientForm
    list_display = ("email", "language", "for_warehouse")
    search_fields = ("email",)
    actions = ("send_trial",)
    change_list_template = "admin/integration/alertrecipient/change_list.html"

    @admin.display(description=_("warehouse"), ordering="warehouse")
    def for_warehouse(self, recipient: AlertRecipient) -> str:
        return recipient.warehouse or gettext("all warehouses")

    @admin.action(description=_("Send a trial e-mail"), permissions=["change"])
    def send_trial(self, request: HttpRequest, recipients: QuerySet[AlertRecipient]) -> None:
        """One after the other, and only until the server is out of reach: somebody waits for the page."""
        for recipient in recipients:
            if error := alert_mail.send_trial(recipient):
                text = gettext("The e-mail to {address} did not go ({error}). Check EMAIL_URL with your technician.")
                messages.error(request, text.format(address=recipient.email, error=error))
                return
            if alert_mail.is_sent_for_real():
                text = gettext("The mail server took the e-mail to {address}.")
                messages.success(request, text.format(address=recipient.email))
            else:
                text = gettext("The e-mail to {address} was only printed: no mail server is set (EMAIL_URL).")
                messages.warning(request, text.format(address=recipient.email))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        since = alert_mail.failing_since()
        extra = {
            "failing_since": moment(since) if since else "",
            "is_sent_for_real": alert_mail.is_sent_for_real(),
            "is_plain": not request.GET,
        }
        return super().changelist_view(request, {**extra, **(extra_context or {})})


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("what", "where", "since", "told_at", "state")
    list_filter = ("kind", "warehouse")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("what", "where", "since", "told_at", "ended_at", "end_told_at")
    readonly_fields = ("what", "where")
    change_list_template = "admin/integration/alert/change_list.html"

    class Media:
        css = {"all": ["prextra/log.css"]}

    @admin.display(description=_("what is wrong"))
    def what(self, alert: Alert) -> str:
        headline = alert_mail.headline(alert)
        if alert.kind == Alert.Kind.HELD or not alert.reason:
            return headline
        return format_html("{} {}", two_lines(headline, alert.message), advice(alert.reason, alert.params))

    @admin.display(description=_("warehouse"), ordering="warehouse")
    def where(self, alert: Alert) -> str:
        return alert.warehouse

    @admin.display(description=_("state"))
    def state(self, alert: Alert) -> str:
        if alert.ended_at:
            return two_lines(pill(gettext("over"), OK), moment(alert.ended_at))
        return pill(gettext("lasts"), BAD)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"is_plain": not request.GET, **(extra_context or {})})
