"""Every reason that a person can be given, in one table: what is wrong, and what to do about it.

The log keeps a reason's code and parameters, not its sentence, so that each reader sees it in their own language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from django.utils.translation import gettext_lazy as _

from integration.particulars import said


@dataclass(frozen=True, slots=True)
class Reason:
    """`message` names what is wrong, with parameters in braces; `advice` says what to do next."""

    message: Any
    advice: Any


WAIT = _("Nothing to do: it is tried again by itself.")
GOES_ON = _("Nothing to do: the next pass goes on from there, and nothing is brought in twice.")
TECHNICIAN = _("Tell your technician, with this entry's details.")

REASONS: dict[str, Reason] = {
    # Transient: it may work in a moment.
    "shopify_unreachable": Reason(_("Shopify could not be reached ({details})."), WAIT),
    "shopify_timeout": Reason(_("Shopify did not answer in time."), WAIT),
    "shopify_unavailable": Reason(_("Shopify is out of order for the moment."), WAIT),
    "shopify_throttled": Reason(_("Shopify asks to slow down."), WAIT),
    "shopify_answer_unreadable": Reason(_("Shopify's answer came in pieces and could not be read."), WAIT),
    "shopify_internal_error": Reason(_("Shopify reports an error of its own (request {request_id})."), WAIT),
    "shopify_rejected": Reason(
        _("Shopify's protection refused the request."),
        _("It is tried again by itself. If it lasts, ask Shopify's support why this server is refused."),
    ),
    "database_busy": Reason(_("Prextra's database did not answer in time."), WAIT),
    "stopping": Reason(_("The program was ended while this was under way."), GOES_ON),
    "run_deadline": Reason(_("A pass may take {minutes} minutes, and this one was not done by then."), GOES_ON),
    "lease_lost": Reason(
        _("This pass over warehouse {warehouse} did not give a sign of life in time, so another one may take over."),
        GOES_ON,
    ),
    "warehouse_busy": Reason(
        _("Warehouse {warehouse} is being synchronised already, since {since}."),
        _("Wait for the end of that pass, then try again; a program that died gives it up within two minutes."),
    ),
    # Configuration: a person corrects a setting, and the flow goes on by itself.
    "shopify_refused_token": Reason(
        _("Shopify refuses the access token of shop {shop}."),
        _(
            "Check « API key » and « Access token » on the warehouse's Shopify tab, and that the app is still installed."
        ),
    ),
    "shopify_credentials_unusable": Reason(
        _("« API key » or « Access token » is missing, or holds characters that it cannot have."),
        _("Copy both again from the app's page in Shopify to the warehouse's Shopify tab."),
    ),
    "shopify_grant_refused": Reason(
        _("Shopify gives no token for this client id and secret ({error})."),
        _(
            "Check « API key » (client id) and « Access token » (secret) on the warehouse's Shopify tab; the app and the "
            "shop must belong to the same Shopify organisation, and the app must be installed."
        ),
    ),
    "shopify_version_differs": Reason(
        _("Version {asked} of Shopify's API is no longer served: Shopify answers with version {served}."),
        _("Tell your technician: the software, or SHOPIFY_API_VERSION, is to be brought up to date."),
    ),
    "shopify_scope_missing": Reason(
        _("The app lacks the right « {scope} » in Shopify."),
        _("Add it in the app's configuration in Shopify, release that version, and accept it in the shop."),
    ),
    "webhook_refused": Reason(
        _("Shopify refuses to tell of « {topic} » by webhook: {details}"),
        _("Nothing is lost: each pass finds out by itself. Tell your technician: PUBLIC_URL is to be corrected."),
    ),
    "webhook_scope_missing": Reason(
        _("Without the right « {scope} », Shopify does not tell of parcels by webhook."),
        _(
            "Nothing is lost: each pass finds out by itself. To have parcels at once, add the right in the app's "
            "configuration in Shopify, release that version, and accept it in the shop."
        ),
    ),
    "webhook_secret_missing": Reason(
        _("With a permanent access token, webhooks need the app's API secret key, and none is stored."),
        _(
            "Nothing is lost: each pass finds out by itself. To have changes at once, copy the « API secret key » from the "
            "app's page in Shopify to the warehouse's Shopify tab."
        ),
    ),
    "shopify_shop_frozen": Reason(
        _("Shopify has frozen the shop (unpaid account)."), _("Settle the shop's account with Shopify.")
    ),
    "shopify_forbidden": Reason(
        _("The shop's address forbids access."),
        _(
            "Check in Shopify that the shop is active and the app is installed. If they are, ask your technician whether "
            "something else than Shopify answers, a firewall for example."
        ),
    ),
    "shopify_not_found": Reason(
        _("There is no such shop, or not with this version of the API."),
        _("Check « Shop URL » on the warehouse's Shopify tab."),
    ),
    "shopify_shop_locked": Reason(_("Shopify has locked the shop."), _("Ask Shopify's support.")),
    "shopify_not_json": Reason(
        _("The address answers with a web page instead of data: it is not a shop's own address."),
        _("Check « Shop URL » on the warehouse's Shopify tab: it ends in myshopify.com."),
    ),
    "shopify_document_refused": Reason(_("Shopify does not understand our request: {message}"), TECHNICIAN),
    "shopify_request_too_costly": Reason(
        _("Shopify finds our request too large, even in its smallest form."), TECHNICIAN
    ),
    "shopify_response_too_large": Reason(_("Shopify's answer is larger than we accept."), TECHNICIAN),
    "shop_url_refused": Reason(
        _("« {url} » is not the address of a Shopify shop."),
        _("Type the address that ends in myshopify.com on the warehouse's Shopify tab."),
    ),
    "database_copied": Reason(
        _(
            "Prextra's database is {current}, and the one that is synchronised is {known}: nothing is written for a copy."
        ),
        _(
            "If it is a copy for trials, nothing is to be done. If Prextra moved here for good, a project manager confirms "
            "it on the page « Prextra's database », once nothing synchronises the former one any more."
        ),
    ),
    "database_unknown": Reason(
        _(
            "Prextra's database {current} holds documents from Shopify that this installation did not bring in: it may be "
            "a copy of one that is synchronised elsewhere."
        ),
        _(
            "If it is a copy for trials, nothing is to be done. If this installation is to synchronise it, a project "
            "manager confirms it on the page « Prextra's database »."
        ),
    ),
    "integration_off": Reason(
        _("The Shopify integration is not activated for company {company}."),
        _("Ask CDID's technical team to set the configuration « ShopifyIntegration »."),
    ),
    "company_not_enabled": Reason(
        _("« Synchronisation » is not ticked for company {company}."), _("Tick it in the company's Shopify section.")
    ),
    "company_by_project": Reason(
        _(
            "Company {company} works by project (configuration « software » = isbyproject): nothing can be synchronised."
        ),
        _("Ask CDID to change that configuration, or untick the synchronisation."),
    ),
    "company_inactive": Reason(
        _("Company {company} is not active."), _("Activate it, or untick the warehouse's flows.")
    ),
    "payment_method_missing": Reason(
        _("Company {company} has no payment method for Shopify."),
        _("Choose « Payment method » in the company's Shopify section."),
    ),
    "warehouse_field_missing": Reason(
        _("« {columns} » is empty on the Shopify tab of warehouse {warehouse}."), _("Fill it in.")
    ),
    "secret_unreadable": Reason(
        _("The access token of warehouse {warehouse} was encrypted with a key that is not there any more."),
        _("Type the token again on the warehouse's Shopify tab, or have the technician put the old key back."),
    ),
    "warehouse_shop_shared": Reason(
        _("Warehouses {warehouse} and {other} point at the same shop with the same flow ticked."),
        _("Untick the flow on one of them."),
    ),
    "warehouse_unknown": Reason(
        _("There is no warehouse {warehouse}."), _("Check its code: `manage.py sync` without it takes all warehouses.")
    ),
    "no_flow_enabled": Reason(
        _("No flow is ticked on warehouse {warehouse}."), _("Tick at least one on the warehouse's Shopify tab.")
    ),
    "currency_differs": Reason(
        _("The shop sells in {shop_currency}, company {company} keeps its books in {company_currency}."),
        _("Both must be the same: correct the company's currency, or the shop's."),
    ),
    "location_to_choose": Reason(
        _("The shop has several locations ({names}): which one holds the stock of warehouse {warehouse}?"),
        _("Choose it on the warehouse's Shopify tab, under « Location in Shopify »."),
    ),
    "location_gone": Reason(
        _("The location chosen for warehouse {warehouse} is not active in the shop any more."),
        _("Activate it in Shopify, or choose another one on the warehouse's Shopify tab."),
    ),
    "location_missing": Reason(_("The shop has no active location."), _("Activate a location in Shopify.")),
    "online_store_missing": Reason(
        _("The shop has no Online Store, so products cannot be published."),
        _("Add the sales channel « Online Store » in Shopify."),
    ),
    "locations_unknown": Reason(
        _("It is not known yet which locations the shop has."),
        _("Use « Test the connection » on the warehouse's page: it shows them, to choose from."),
    ),
    "scopes_unknown": Reason(
        _("Shopify does not say which rights the app has."),
        _("Compare them with the guide, in the app's configuration in Shopify."),
    ),
    "no_other_language": Reason(
        _("« Multi-language » is ticked, but the shop shows no other language than {language}."),
        _("Publish the other languages in Shopify, or untick « Multi-language » for the company."),
    ),
    # To be looked at: nothing stops, but records are held, or something stays unused.
    "sector_missing": Reason(
        _("Company {company} is managed by sector, and there is no sector."),
        _("Create a sector in Prextra, or assign one to the customer: without it, orders have none."),
    ),
    "web_section_hidden": Reason(
        _("The section « www:// » of items is not shown in company {company}."),
        _("Ask CDID's technical team to add « imgbtnweb » to the configuration « ItemMaintenanceShowFields »."),
    ),
    "no_item_ticked": Reason(
        _("No item whose default warehouse is {warehouse} is ticked « Shopify »."),
        _("Tick « Shopify » on the items to be sold, and make this warehouse their default one."),
    ),
    "items_not_sent": Reason(_("Items: {count}. {why}"), "{remedy}"),
    "categories_without_account": Reason(
        _("Product categories of ticked items without an account for the sale transaction: {count} ({names})."),
        _("Link a G/L account to each of them for the sale transaction; until then their invoices are held."),
    ),
    "item_key_refused": Reason(
        _("Products cannot carry the item's code: the metafield prextra.item_code has another type in this shop."),
        _("Delete that metafield definition in Shopify, under Settings > Custom data > Products."),
    ),
    # Items: why one that is ticked is not sent.
    "item_not_ticked": Reason(_("Item {item} is not ticked « Shopify »."), _("Nothing to do.")),
    "item_inactive": Reason(_("Item {item} is inactive."), _("Activate it, or untick « Shopify ».")),
    "item_by_serial_number": Reason(
        _("Item {item} is managed by serial numbers, which the synchronisation does not handle."),
        _("Untick « Shopify » on the item."),
    ),
    "item_other_warehouse": Reason(
        _("The default warehouse of item {item} is {warehouse}, whose items do not go to this shop."),
        _("Make this warehouse the item's default one, or untick « Shopify »."),
    ),
    "item_without_warehouse": Reason(
        _("Item {item} has no default warehouse."),
        _("Choose this warehouse on the item's card, or untick « Shopify »."),
    ),
    "item_without_stock": Reason(
        _("Item {item} has no available quantity yet beyond its buffer."),
        _("Nothing to do: it goes out once there is something to sell."),
    ),
    "item_without_description": Reason(
        _("Item {item} has neither a web name nor a description."), _("Type one of them on the item.")
    ),
    "item_without_price": Reason(_("Item {item} has no price."), _("Give it a price.")),
    "item_price_refused": Reason(
        _("The price of item {item} is not above zero: {price}."), _("Give it a price above zero.")
    ),
    "item_code_ambiguous": Reason(
        _("Items {item} and {other} have the same code but for capitals: Shopify would not tell them apart."),
        _("Untick « Shopify » on one of them, or change its code."),
    ),
    "sku_ambiguous": Reason(
        _("Several products in Shopify have the SKU {item} ({count})."),
        _("Leave the SKU on one of them only."),
    ),
    "sku_among_variants": Reason(
        _("The product in Shopify with the SKU {item} has other variants, or options of its own."),
        _("Make it a product of its own in Shopify, or untick « Shopify » on the item."),
    ),
    "product_refused": Reason(
        _("Shopify refuses item {item}: {message}"), _("Correct the item in Prextra; it is tried again by itself.")
    ),
    "stock_refused": Reason(
        _("Shopify refuses the stock of item {item}: {message}"),
        _("Look at the item's inventory in Shopify; it is tried again by itself."),
    ),
    "variant_gone": Reason(
        _("The product of item {item} is still in Shopify, but no variant has its code as SKU any more."),
        _("Give the SKU back to a variant in Shopify, or delete that product: it is then created anew."),
    ),
    "item_text_cut": Reason(
        _("Item {item}: longer than Shopify holds, and cut: {columns}."), _("Shorten the text in Prextra.")
    ),
    "bulk_failed": Reason(_("Shopify did not finish a bulk operation ({details})."), WAIT),
    "bulk_running": Reason(_("Shopify is still working on a bulk operation."), WAIT),
    "product_created": Reason(_("Product created, as a draft until it is complete."), _("Nothing to do.")),
    "product_adopted": Reason(_("Product found in Shopify by its SKU, and linked."), _("Nothing to do.")),
    "product_gone": Reason(
        _("The product of item {item} was deleted in Shopify: it is created anew."),
        _("Untick « Shopify » on the item if it should not be sold."),
    ),
    "product_changed": Reason(_("Changed in Shopify: {columns}."), _("Nothing to do.")),
    "stock_set": Reason(_("Stock set from {before} to {after}."), _("Nothing to do.")),
    # Record: this one is held, all others go on.
    "shopify_values_refused": Reason(_("Shopify refuses a value of this record: {message}"), TECHNICIAN),
    "unknown_sku": Reason(
        _("Line « {line} » has the SKU « {sku} », which Prextra does not know."),
        _("Create the item in Prextra with exactly this code, or correct the SKU in Shopify."),
    ),
    "line_without_sku": Reason(
        _("Line « {line} » has no SKU."),
        _("Give the product a SKU in Shopify and correct the order there, or enter this order by hand."),
    ),
    "unknown_tax": Reason(
        _("The tax « {tax} » is not known."), _("Add this title under « Tax titles », as federal or provincial.")
    ),
    "total_differs": Reason(
        _("The order's parts add up to {computed}, Shopify says {total}: a gap of {gap}."),
        _("Open the order in Shopify and look at what its total holds; tell your technician if you cannot explain it."),
    ),
    "taxes_differ": Reason(
        _("The lines' taxes add up to {computed}, Shopify says {total}: a gap of {gap}."),
        _("Open the order in Shopify and look at its taxes; tell your technician if you cannot explain the gap."),
    ),
    "order_edited": Reason(
        _("The order was modified in Shopify before it came in, and its parts no longer add up."),
        _("Enter this order by hand, as it stands in Shopify."),
    ),
    "currency_unknown": Reason(
        _("The order is in {order_currency}, company {company} keeps its books in {company_currency}."),
        _("Enter this order by hand, in the company's currency."),
    ),
    "amount_too_large": Reason(
        _("The amount {amount} of « {line} » is larger than Prextra can hold."), _("Correct the order in Shopify.")
    ),
    "amount_not_in_cents": Reason(
        _("The amount {amount} of « {line} » has fractions of a cent."), _("Correct the order in Shopify.")
    ),
    "quantity_refused": Reason(
        _("« {line} » has a quantity of {quantity}."), _("Look at the order in Shopify, and enter it by hand.")
    ),
    "answer_malformed": Reason(
        _("What Shopify says of this record lacks « {field} », or it is not readable."), TECHNICIAN
    ),
    "order_has_no_line": Reason(
        _("The order has no line."), _("Look at the order in Shopify; cancel it if it is empty.")
    ),
    "prepayment_account_missing": Reason(
        _("No account is set for prepayments."),
        _(
            "Fill in « Prepayment account » in the accounts receivable control, or the configuration "
            "« glCashadvanceShopify »."
        ),
    ),
    "bank_missing": Reason(
        _("No bank is set for deposits."),
        _("Fill in « Default bank » in the accounts receivable control, or the configuration « glBankShopify »."),
    ),
    "account_unknown": Reason(
        _("The configuration « {name} » names account {code}, which company {company} does not have."),
        _("Correct the configuration, or create the account."),
    ),
    "sale_account_missing": Reason(
        _("Item {item} is in category « {category} », which has no account for the sale transaction."),
        _("Link a G/L account to that product category for the sale transaction."),
    ),
    "item_without_category": Reason(
        _("Item {item} has no product category, so no sale account."), _("Choose a product category for the item.")
    ),
    "charge_account_missing": Reason(
        _("No account is known for « {line} », which is not an item."),
        _("Set the configuration « {configuration} » to a G/L account."),
    ),
    "fulfilment_line_unknown": Reason(
        _("Fulfilment {fulfilment} has a line that the Prextra order does not have."),
        _("The order was modified in Shopify after it came in: enter this shipment by hand."),
    ),
    "shipped_more_than_ordered": Reason(
        _("Fulfilment {fulfilment} would ship more of « {line} » than is left of the order."),
        _(
            "Either it was already shipped in Prextra, and there is nothing to do, or the order was modified in Shopify "
            "after it came in: then enter this shipment by hand."
        ),
    ),
    "incomplete_answer": Reason(_("Shopify did not give all the lines of this record."), WAIT),
    "document_conflict": Reason(_("Prextra already has a document that this one collides with."), TECHNICIAN),
    "request_lost": Reason(
        _("The program that carried this out stopped before the end."),
        _("Ask for it again: it goes on from where it was, and nothing is brought in twice."),
    ),
    "unexpected": Reason(_("Something unexpected happened ({details})."), TECHNICIAN),
    # Notices and skips: said, but nothing waits for them.
    "text_cut": Reason(
        _("Longer than Prextra holds, and cut: {columns}."), _("Nothing to do; Shopify has the whole texts.")
    ),
    "test_order": Reason(_("Test order: it is not brought in."), _("Nothing to do.")),
    "cancelled_unpaid": Reason(
        _("The order was cancelled before it came in, and nothing was paid."), _("Nothing to do.")
    ),
    "cancelled_paid": Reason(
        _("The order is cancelled in Shopify, with {received} received and {refunded} refunded."),
        _("Cancel the order in Prextra and settle its prepayments."),
    ),
    "refunded": Reason(
        _("{refunded} was refunded in Shopify."), _("Enter the refund in Prextra; the sync does not do it.")
    ),
    "total_changed": Reason(
        _("The order was {total} when it came in; in Shopify it is now {shop_total}."),
        _("Compare the order in Prextra with the one in Shopify, and correct it by hand."),
    ),
    "fulfilment_cancelled": Reason(
        _("Fulfilment {fulfilment} was cancelled in Shopify after its shipment was made."),
        _("Reverse the shipment, and its invoice if it has one, in Prextra."),
    ),
    "order_gone": Reason(
        _("Shopify does not show the order any more: it was deleted, or it is older than the app may read."),
        _(
            "Look for it in Shopify. If it is there, the app lacks the right « read_all_orders »; if not, nothing to do."
        ),
    ),
}


NAMES = frozenset({"item", "company", "warehouse"})
OMITTED = "\0"


def describe(code: str, params: Mapping[str, Any]) -> str:
    """The reason's sentence in the active language. An unknown code, or missing parameters, still give a text."""
    reason = REASONS.get(code)
    return _fill(reason.message, params) if reason else code


def advice(code: str, params: Mapping[str, Any]) -> str:
    """What a person can do about it, in the active language."""
    reason = REASONS.get(code)
    return _fill(reason.advice, params) if reason else ""


def outline(code: str) -> str:
    """The reason's sentence for all records at once, without the particulars of one.

    What only names a record, explains in parentheses or ends the sentence after a colon is left out; an ellipsis stands
    for the rest.
    """
    reason = REASONS.get(code)
    fields = Formatter().parse(str(reason.message)) if reason else ()
    names = {name for _text, name, _spec, _conversion in fields if name}
    text = describe(code, {name: OMITTED if name in NAMES else "…" for name in names})
    text = re.sub(r"\s\([^()]*[…\0][^()]*\)", "", text)
    text = re.sub(r"\s?:\s…\.?$", ".", text)
    text = re.sub(rf"\s{OMITTED}(?=\.|\s(?!et\s|and\s)\w)", "", text).replace(OMITTED, "…")
    return text.replace("….", "…")


def _fill(sentence: Any, params: Mapping[str, Any]) -> str:
    shown = {name: _shown(name, value) for name, value in params.items()}
    try:
        return str(sentence).format_map({"columns": "", **shown})
    except (KeyError, IndexError, ValueError):
        return str(sentence)


def _shown(name: str, value: Any) -> Any:
    """A reason may stand within another's sentence; all else is said as `particulars.py` does."""
    if name == "why":
        return outline(str(value))
    if name == "remedy":
        return advice(str(value), {})
    return said(name, value)
