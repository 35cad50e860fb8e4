"""What may be told of what a contact did? Purchases, page views and the caller's own events, checked and made comparable."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from app.domain.contact import NAME_PATTERN, AttributeValue, BadField
from app.domain.currencies import CURRENCIES

MOST_ITEMS = 100
MOST_PROPERTIES = 50
LONGEST_ID = 200
LONGEST_URL = 2_000
MOST_QUANTITY = 1_000_000
MONEY_PATTERN = r"^[0-9]{1,14}(\.[0-9]{1,4})?$"
AHEAD = timedelta(minutes=5)
"""How far the caller's clock may be ahead of ours."""

_NAME = re.compile(NAME_PATTERN.replace("$", r"\Z"))
_MONEY = re.compile(MONEY_PATTERN.replace("$", r"\Z"))
_OF_PAGES = ("url", "title")


class EventKind(StrEnum):
    """What is known of an event's parts: money and items, a page, or what the caller makes of it."""

    PURCHASE = "purchase"
    PAGE_VIEW = "page_view"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a contact did, checked. `caller_id` is the caller's id of it: told again under it, it is the same event.

    Exactly one of `contact_id`, `phone` (E.164) and `person` alone says whose it is; `person` beside one of the others says which
    of the people on the number it was. `amount` is in the currency's main unit.
    """

    caller_id: str
    kind: EventKind
    name: str
    occurred_at: datetime
    contact_id: UUID | None = None
    phone: str | None = None
    person: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    items: Sequence[Mapping[str, Any]] = ()
    properties: Mapping[str, AttributeValue] = field(default_factory=dict)


def same_event(event: Event, kept: Mapping[str, Any], *, contact_id: UUID) -> bool:
    """Whether an event that is told again is what was kept under its id. `contact_id` is whose it is now."""
    told = (contact_id, event.person, event.kind, event.name, event.occurred_at, event.amount, event.currency)
    before = tuple(kept[name] for name in ("contact_id", "person", "kind", "name", "occurred_at", "amount", "currency"))
    return told == before and list(event.items) == kept["items"] and dict(event.properties) == kept["properties"]


def check_event(
    *,
    caller_id: str,
    kind: EventKind,
    occurred_at: datetime,
    now: datetime,
    name: str | None = None,
    contact_id: UUID | None = None,
    phone: str | None = None,
    person: str | None = None,
    amount: str | None = None,
    currency: str | None = None,
    items: Sequence[Mapping[str, Any]] = (),
    url: str | None = None,
    title: str | None = None,
    properties: Mapping[str, AttributeValue] | None = None,
) -> Event:
    """The event, or BadField with `at` naming the part at fault. It may lie years back, and five minutes ahead."""
    if occurred_at > now + AHEAD:
        raise BadField("in_the_future", "lies in the future", at="occurred_at")
    if (contact_id is None) == (phone is None) and not (contact_id is None and person is not None):
        raise BadField("whose_event", "say whose it is by one of contact_id, phone and person", at="contact_id")
    if items and kind is not EventKind.PURCHASE:
        raise BadField("not_of_this_kind", "only a purchase has items", at="items")
    money = _money(kind, amount, currency)
    kept: dict[str, AttributeValue] = {key: value for key, value in (properties or {}).items() if value is not None}
    return Event(
        caller_id=caller_id,
        kind=kind,
        name=_named(kind, name),
        occurred_at=occurred_at,
        contact_id=contact_id,
        phone=phone,
        person=person,
        amount=money,
        currency=currency,
        items=tuple(items),
        properties=_of_page(kind, url, title, kept),
    )


def _named(kind: EventKind, name: str | None) -> str:
    if kind is not EventKind.CUSTOM:
        if name not in {None, kind}:
            raise BadField("not_of_this_kind", "only a custom event has a name of its own", at="name")
        return kind
    if name is None or not _NAME.match(name):
        raise BadField("bad_name", "a custom event's name is a lower-case letter, then up to 63 of a-z, 0-9 and _", at="name")
    if name in set(EventKind):
        raise BadField("bad_name", "a custom event is not called as a kind of events is", at="name")
    return name


def _money(kind: EventKind, amount: str | None, currency: str | None) -> Decimal | None:
    if kind is EventKind.PAGE_VIEW and (amount is not None or currency is not None):
        raise BadField("not_of_this_kind", "a page view has no amount", at="amount" if amount is not None else "currency")
    if amount is None:
        if kind is EventKind.PURCHASE or currency is not None:
            raise BadField("missing", "how much was it?", at="amount")
        return None
    if not _MONEY.match(amount):
        raise BadField("bad_amount", 'an amount is a text such as "49.90", at most four digits after the point', at="amount")
    if currency not in CURRENCIES:
        raise BadField("bad_currency", "not a currency of ISO 4217, such as EUR", at="currency")
    return Decimal(amount)


def _of_page(
    kind: EventKind, url: str | None, title: str | None, properties: dict[str, AttributeValue]
) -> Mapping[str, AttributeValue]:
    """The properties, with a page's address and title among them."""
    if kind is not EventKind.PAGE_VIEW:
        for at, value in (("url", url), ("title", title)):
            if value is not None:
                raise BadField("not_of_this_kind", f"only a page view has a {at}: put it into the properties", at=at)
        return properties
    if url is None or not _is_address(url):
        raise BadField("bad_url", "a page view needs the page's http or https address", at="url")
    for name in _OF_PAGES:
        if name in properties:
            raise BadField("said_twice", f"a page's {name} stands beside the properties", at=f"properties/{name}")
    return {**properties, "url": url, **({} if title is None else {"title": title})}


def _is_address(url: str) -> bool:
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
