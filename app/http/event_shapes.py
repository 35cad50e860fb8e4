"""What does an event look like in JSON, and what telling one came to?"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SkipValidation, ValidationError

from app.domain import event as limits
from app.domain.contact import BadField, is_text
from app.domain.errors import InvalidField
from app.domain.event import Event, EventKind, check_event
from app.http.contacts import AttributeName, AttributeValue
from app.http.ids import ContactId, EventId, MessageId
from app.http.phones import DefaultRegion, Phone, read_phone
from app.http.place_shapes import Person
from app.http.shapes import Instant, Shape, Text, View
from app.storage.database import Row
from app.usecases.record_events import EventOutcome, Recorded

MOST_EVENTS = 1_000
_PURCHASE: dict[str, JsonValue] = {
    "caller_id": "order-10442",
    "contact_id": "con_01jdd00000e008000000000001",
    "kind": "purchase",
    "occurred_at": "2026-11-20T17:00:00Z",
    "amount": "49.90",
    "currency": "EUR",
    "items": [{"sku": "scarf-blue", "name": "Blue scarf", "category": "scarves", "quantity": 2, "price": "24.95"}],
}
_BULK: dict[str, JsonValue] = {
    "items": [
        {
            "caller_id": "view-7781",
            "phone": "+14155550123",
            "kind": "page_view",
            "occurred_at": "2026-11-20T16:58:00Z",
            "url": "https://shop.example/scarves/blue",
            "title": "Blue scarf",
        },
        {
            "caller_id": "quiz-12",
            "person": "customer-4711",
            "kind": "custom",
            "name": "quiz_finished",
            "occurred_at": "2026-11-20T17:05:00Z",
            "properties": {"score": 7, "colours": ["blue", "green"]},
        },
    ]
}
_VIEWED: dict[str, JsonValue] = {
    **_PURCHASE,
    "id": "evt_01jdd00000e008000000000001",
    "person": None,
    "name": "purchase",
    "received_at": "2026-11-20T17:00:01Z",
    "properties": {},
    "message_id": None,
}
Quantity = Annotated[int, Field(strict=True, ge=1, le=limits.MOST_QUANTITY)]
Money = Annotated[str, Field(pattern=limits.MONEY_PATTERN, description="A decimal in the currency's main unit, as a text")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217")]
Short = Annotated[Text, Field(min_length=1, max_length=200)]
Properties = Annotated[dict[AttributeName, AttributeValue], Field(max_length=limits.MOST_PROPERTIES)]
EventName = Annotated[str, Field(pattern=limits.NAME_PATTERN)]


@lru_cache(maxsize=65_536)
def _e164(phone: str, region: str | None, pointer: str) -> str:
    """A number as contacts have it: people do many things, and reading a number takes as long as the rest of an event."""
    return read_phone(phone, default_region=region, pointer=f"{pointer}/phone")[0].e164


class ItemIn(Shape):
    """One line of a purchase."""

    sku: Short
    name: Short | None = None
    category: Short | None = None
    quantity: Quantity = 1
    price: Money | None = Field(default=None, description="Of one, in the purchase's currency")


class EventIn(Shape):
    """Something a contact did. Which fields it takes depends on its kind."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PURCHASE]})

    caller_id: Short = Field(description="Your id of the event: told again under it, it is the same event and recorded once")
    contact_id: ContactId | None = Field(default=None, description="Whose it is; or say so by `phone`, or by `person`")
    phone: Phone | None = None
    default_region: DefaultRegion | None = None
    person: Person | None = Field(
        default=None,
        description="Your id of the person: alone it says whose the event is (of several numbers the one known longest), beside "
        "a contact or a number which of the people there it was",
    )
    kind: EventKind
    name: EventName | None = Field(default=None, description="Of a custom event: what you call it")
    occurred_at: Instant = Field(description="When it happened: years back is fine, more than five minutes ahead is not")
    amount: Money | None = Field(default=None, description="Of a purchase, or of a custom event such as a refund")
    currency: Currency | None = None
    items: Annotated[list[ItemIn], Field(max_length=limits.MOST_ITEMS)] = Field(default=[], description="Of a purchase")
    url: Annotated[Text, Field(max_length=limits.LONGEST_URL)] | None = Field(default=None, description="Of a page view")
    title: Annotated[Text, Field(max_length=300)] | None = Field(default=None, description="Of a page view")
    properties: Properties = Field(default={}, description="Whatever else is worth a rule; null leaves one out")

    def event(self, now: datetime, *, pointer: str = "/body") -> Event:
        """What the use case takes. Raises InvalidField, its pointer below `pointer`."""
        phone = self.phone
        if phone is not None:
            phone = _e164(phone, self.default_region, pointer)
        said = self.model_dump(exclude={"items", "phone", "default_region"})
        items = [item.model_dump(exclude_none=True) for item in self.items]
        try:
            return check_event(**said, phone=phone, items=items, now=now)
        except BadField as problem:
            raise InvalidField(problem.detail, pointer=f"{pointer}/{problem.at}", code=problem.code) from problem


class BulkEvents(BaseModel):
    """Many events. Each is read by itself, so that what is wrong with one keeps no other from being recorded."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_BULK]})

    items: Annotated[list[SkipValidation[EventIn]], Field(min_length=1, max_length=MOST_EVENTS)]

    def events(self, now: datetime) -> tuple[dict[int, Event], dict[int, InvalidField]]:
        """The events that can be read, by their place, and what is wrong with the first field at fault of each other."""
        good: dict[int, Event] = {}
        bad: dict[int, InvalidField] = {}
        for place, given in enumerate(self.items):
            try:
                good[place] = EventIn.model_validate(given).event(now, pointer="")
            except ValidationError as error:
                found = error.errors(include_url=False, include_context=False, include_input=False)[0]
                at = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in found["loc"])
                bad[place] = InvalidField(found["msg"].removeprefix("Value error, "), pointer=at, code=found["type"])
            except InvalidField as problem:
                bad[place] = problem
        return good, bad


class EventItem(View):
    """What one of many came to."""

    index: int
    caller_id: str | None = Field(description="As it was told, where it could be read", examples=["order-10442"])
    outcome: EventOutcome
    id: EventId | None = Field(description="The event, recorded now or before")
    pointer: str | None = Field(default=None, description="Of a rejected one: the field at fault", examples=[None])
    code: str | None = Field(default=None, examples=[None])
    reason: str = Field(default="", examples=[""])

    @classmethod
    def of(cls, index: int, event: Event, result: Recorded) -> Self:
        """As the use case answered."""
        if result.problem is None:
            return cls(index=index, caller_id=event.caller_id, outcome=result.outcome, id=result.event_id)
        return cls.refused(index, event.caller_id, f"/{result.problem.pointer}", result.problem.code, result.problem.detail)

    @classmethod
    def refused(cls, index: int, caller_id: object, pointer: str | None, code: str, reason: str) -> Self:
        """For an event that was not recorded."""
        known = caller_id if isinstance(caller_id, str) and is_text(caller_id, longest=limits.LONGEST_ID) else None
        at = f"/body/items/{index}{pointer or ''}"
        return cls(index=index, caller_id=known, outcome="rejected", id=None, pointer=at, code=code, reason=reason)


class EventItems(View):
    """An outcome for each event, in order, and how many there are of each."""

    recorded: int
    duplicates: int
    rejected: int
    items: list[EventItem]

    @classmethod
    def of(cls, rows: Sequence[EventItem]) -> Self:
        """Counted."""
        outcomes = [row.outcome for row in rows]
        counts: dict[str, Any] = {"recorded": outcomes.count("recorded"), "rejected": outcomes.count("rejected")}
        return cls(**counts, duplicates=outcomes.count("duplicate"), items=sorted(rows, key=lambda row: row.index))


class ItemView(View):
    """One line of a purchase."""

    sku: str
    name: str | None = None
    category: str | None = None
    quantity: int
    price: str | None = None


class ContactEventView(View):
    """Something a contact did."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VIEWED]})

    id: EventId
    caller_id: str
    contact_id: ContactId
    person: str | None = Field(description="Which of the people on the number it was, where that was said")
    kind: Literal["purchase", "page_view", "custom"]
    name: str = Field(description="Of a custom event what you call it, else the kind")
    occurred_at: Instant
    received_at: Instant
    amount: str | None
    currency: str | None
    items: list[ItemView]
    properties: dict[str, AttributeValue] = Field(description="Of a page view its `url` and `title`, too")
    message_id: MessageId | None = Field(description="The message it is put down to")


def written_amount(amount: Decimal | None) -> str | None:
    """An amount without the zeros its column adds: two digits after the point at least, four at most."""
    if amount is None:
        return None
    whole, _, part = f"{amount:.4f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def contact_event_view(row: Row) -> ContactEventView:
    """A kept event as the API shows it."""
    fields = {name: row[name] for name in ContactEventView.model_fields if name not in {"amount", "items"}}
    return ContactEventView(**fields, amount=written_amount(row["amount"]), items=[ItemView(**item) for item in row["items"]])
