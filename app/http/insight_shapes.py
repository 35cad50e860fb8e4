"""How do a campaign's books, recipients and tests look from outside?"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.lifecycle import CampaignState
from app.domain.message import State
from app.http.ids import ContactId, MessageId
from app.http.message_shapes import DecisionKept, StateWord
from app.http.shapes import Shape, Text, View
from app.storage.database import Row
from app.usecases.campaign_progress import Books
from app.usecases.send_test import TestSent

_BOOKS: dict[str, Any] = {
    "state": "completed",
    "audience": 1000,
    "joined": 0,
    "states": {"delivered": 940, "suppressed": 60},
    "reasons": {"consent.missing": 60},
    "closed": True,
    "identity_holds": True,
}
_GROUP: dict[str, Any] = {
    "variant": "A",
    "held_out": False,
    "members": 950,
    "handed_over": 900,
    "delivered": 880,
    "read": 0,
    "replied": 12,
    "clicked": 0,
    "opted_out": 3,
    "bought": 41,
}
_HELD_OUT: dict[str, Any] = {**dict.fromkeys(_GROUP, 0), "variant": "", "held_out": True, "members": 50, "bought": 1}
_REASON: dict[str, Any] = {
    "rule": "time.quiet.us.federal",
    "source": "47 CFR 64.1200(c)(1)",
    "detail": "22:30 in America/New_York; open 08:00 to 21:00",
    "until": "2026-11-24T13:00:00Z",
}
_RECIPIENT: dict[str, Any] = {
    "message_id": "msg_01jdd00000e008000000000001",
    "contact_id": "con_01jdd00000e008000000000001",
    "phone": "+12125550142",
    "state": "queued",
    "reason": "",
    "decision": {
        "verdict": "wait",
        "at": "2026-11-24T03:30:00Z",
        "until": "2026-11-24T13:00:00Z",
        "reasons": [_REASON],
    },
    "attempts": 0,
    "updated_at": "2026-11-24T03:30:00Z",
}
_TESTS: dict[str, Any] = {
    "items": [
        {
            "to": "+12125550142",
            "message_id": "msg_01jdd00000e008000000000001",
            "state": "queued",
            "reason": "",
            "body": "Hi Maya, 20% off",
            "parts": 1,
        }
    ]
}


class GroupView(View):
    """One group of a campaign."""

    variant: str = Field(description="Its name; empty where one text goes to all")
    held_out: bool = Field(description="The group that gets nothing")
    members: int
    handed_over: int
    delivered: int
    read: int
    replied: int = Field(description="Wrote something within the days")
    clicked: int = Field(description="Followed a link within the days, as far as can be told persons alone")
    opted_out: int
    bought: int = Field(description="Have a `purchase` event within the days")


class GroupsView(View):
    """A campaign's groups side by side."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 3, "groups": [_GROUP, _HELD_OUT]}]})

    days: int
    groups: list[GroupView]


class SpendingView(View):
    """What a campaign has set aside."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"currency": "USD", "total": "7.90", "days": {"2026-11-24": "7.90"}, "countries": {"US": "7.90"}},
            ]
        }
    )

    currency: str | None = Field(description="null without a budget: then nothing is counted")
    total: Decimal
    days: dict[str, Decimal] = Field(description="By UTC's days")
    countries: dict[str, Decimal]


def spending_view(budget: Mapping[str, Any] | None, sums: Mapping[str, Decimal]) -> SpendingView:
    """Sums by key as the API shows them."""
    parts: dict[str, dict[str, Decimal]] = {"day": {}, "country": {}}
    for key, amount in sums.items():
        kind, _, name = key.partition(":")
        if name and amount:
            parts[kind][name] = amount
    return SpendingView(
        currency=budget["currency"] if budget else None,
        total=sums.get("total", Decimal()),
        days=parts["day"],
        countries=parts["country"],
    )


class BooksView(View):
    """A campaign's books at one instant."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BOOKS]})

    state: CampaignState
    audience: int = Field(description="Members, counted as the launch reads them, and as others join later")
    joined: int = Field(description="Those of them who came after the launch, to a `live` campaign")
    states: dict[str, int] = Field(description="Messages by state", examples=[{"delivered": 940, "suppressed": 60}])
    reasons: dict[str, int] = Field(description="Messages by reason", examples=[{"consent.missing": 60}])
    closed: bool = Field(description="Whether every member is in a final state and the books are closed")
    identity_holds: bool = Field(description="Whether the audience is the sum of the states; it always should")


class RecipientView(View):
    """One member of the audience, and what became of the message."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RECIPIENT]})

    message_id: MessageId
    contact_id: ContactId | None = Field(description="null when the contact is gone")
    phone: str
    state: StateWord
    reason: str
    decision: DecisionKept | None = Field(description="The last decision: allow, or which rules object, why, and until when")
    attempts: int
    updated_at: datetime


class TestSendIn(Shape):
    """To whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": ["+12125550142"], "values": {"first_name": "Maya"}}]})

    to: Annotated[list[Annotated[Text, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=10)]
    values: Annotated[dict[str, Any], Field(max_length=200)] = Field(
        default_factory=dict, description="Over the values of the number's own contact, if there is one"
    )


class TestSentView(View):
    """What became of one test."""

    to: str
    message_id: MessageId | None = Field(description="null when the number is suppressed")
    state: StateWord
    reason: str
    body: str
    parts: int


class TestsView(View):
    """What became of each test."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TESTS]})

    items: list[TestSentView]


def books_view(books: Books) -> BooksView:
    """Books as the API shows them."""
    return BooksView(
        state=books.campaign_state,
        audience=books.audience,
        states=books.states,
        reasons=books.reasons,
        closed=books.closed,
        identity_holds=books.identity_holds,
        joined=books.joined,
    )


def recipient_view(row: Row) -> RecipientView:
    """One message of a campaign as the API shows it."""
    fields = {name: row[name] for name in RecipientView.model_fields if name not in {"message_id", "state"}}
    return RecipientView(**fields, message_id=row["id"], state=State(row["state"]).word)


def sent_view(sent: TestSent) -> TestSentView:
    """What became of one test, as the API shows it."""
    return TestSentView(
        to=sent.to,
        message_id=sent.message_id,
        state=sent.state.word,
        reason=sent.reason,
        body=sent.body,
        parts=sent.parts,
    )
