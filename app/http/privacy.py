"""What may a person ask for? To see everything held about them, and to be forgotten without their no being forgotten."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from app.domain.ids import encode_id
from app.domain.message import State
from app.http.contacts import ContactView, contact_view
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.ids import ContactId
from app.http.problems import documented
from app.http.shapes import Instant, Shape, Text, View
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.erase_person import Erased, erase_contact, erase_number
from app.usecases.export_person import Held, export_person
from app.usecases.read_phone import DefaultRegion, read_phone

router = APIRouter(tags=["privacy"])

_ERASED: dict[str, Any] = {
    "erased_at": "2026-11-24T15:30:00Z",
    "was_contact": True,
    "cancelled": 1,
    "stopped": 0,
    "beyond_recall": 1,
    "emptied": {"contacts": 1, "messages": 12, "inbound": 2},
}
_KINDS: Mapping[str, str] = {
    "campaign_id": "campaign",
    "sender_id": "sender",
    "provider_id": "provider",
    "message_id": "message",
    "event_id": "consent_event",
    "import_id": "import",
    "contact_id": "contact",
    "from_contact_id": "contact",
}
_OWN_KINDS: Mapping[str, str] = {
    "ledger": "consent_event",
    "messages": "message",
    "receipts": "receipt",
    "clicks": "click",
    "inbound": "inbound",
    "events": "event",
    "merges": "merge",
}
Rows = list[dict[str, Any]]


class EraseIn(Shape):
    """Nothing needs saying."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class ErasureIn(Shape):
    """Whose number it is that is to be forgotten."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "+13105550177"}]})

    phone: Annotated[Text, Field(min_length=1, max_length=64, description="E.164, or national with `default_region`")]
    default_region: DefaultRegion | None = None


class ErasedView(View):
    """What an erasure did."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ERASED]})

    erased_at: Instant
    was_contact: bool
    cancelled: int = Field(description="Messages that waited, now cancelled")
    stopped: int = Field(description="Messages claimed by a worker and stopped before they left")
    beyond_recall: int = Field(description="Messages a carrier has: they may still arrive")
    emptied: dict[str, int] = Field(description="Rows emptied or removed, by what they were")


class HeldView(View):
    """Everything held about one contact and its number, as it is kept."""

    contact: ContactView
    number: dict[str, Any]
    consents: Rows
    ledger: Rows = Field(description="Every consent event with its evidence, oldest first")
    suppressions: Rows
    registries: Rows
    blocks: Rows
    capabilities: Rows = Field(description="What carriers said of the number and RCS")
    messages: Rows = Field(description="Every message with its text and the decision taken of it")
    attempts: Rows
    receipts: Rows
    links: Rows = Field(description="The short links the person was sent")
    clicks: Rows = Field(description="When the person, or a machine on the way, followed one")
    inbound: Rows = Field(description="What the person wrote")
    reviews: Rows
    double_opt_ins: Rows
    events: Rows = Field(description="What the person did, as it was told")
    contact_changes: Rows = Field(description="What the contact held before, each until it changed")
    people: Rows = Field(description="Your people who were named on the number")
    merges: Rows = Field(description="How contacts were found to be one person")
    imports: Rows = Field(description="The rows of files the contact came in by: where the data is from")
    recipients: Rows = Field(description="The carrier accounts that got to know the number")


class ExportView(HeldView):
    """Everything held about one person."""

    exported_at: Instant
    merged: list[HeldView] = Field(description="The same of every contact that was merged into this one")


def _erased_view(done: Erased) -> ErasedView:
    return ErasedView(
        erased_at=done.at,
        was_contact=done.was_contact,
        cancelled=done.cancelled,
        stopped=done.stopped,
        beyond_recall=done.beyond_recall,
        emptied=done.emptied,
    )


def _row(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A kept row with ids and states as the API writes them."""
    kinds = {**_KINDS, **({"id": _OWN_KINDS[name]} if name in _OWN_KINDS else {})}
    shown = {key: encode_id(kinds[key], value) if isinstance(value, UUID) else value for key, value in row.items()}
    state = row.get("state")
    return {**shown, "state": State(state).word} if isinstance(state, int) else shown


def _held(contact: Row, held: Held) -> dict[str, Any]:
    rows = {name: [_row(name, row) for row in found] for name, found in held.items()}
    (number,) = rows.pop("number")
    return {"contact": contact_view(contact), "number": number, **rows}


@router.post(
    "/contacts/{contact_id}/erase",
    status_code=200,
    summary="Forget a person, and keep the no",
    response_model=ErasedView,
    responses=documented(404, 409),
)
async def erase(
    contact_id: ContactId,
    body: EraseIn,  # noqa: ARG001  # it says nothing, and may say nothing else
    caller: Annotated[Caller, caller_with("contacts:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Erases the person behind a contact at once and for good.

    Whatever has not left is stopped. The contact, texts, replies, evidence and attributes are gone from every table; the number
    is replaced by a keyed hash nobody can read, under which every no stays. If the number comes back (an import, a form, a call
    of this API, a reply), it is recognised and gets no marketing: only fresh proof of consent, younger than the erasure, lifts
    that. Campaigns' books still close, and the ledger still verifies.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> ErasedView:
        ids = {"workspace_id": caller.workspace_id, "contact_id": contact_id}
        return _erased_view(await erase_contact(tx, context, **ids, now=now, actor=caller.actor))

    return await posting.answer(caller, work, status=200)


@router.post("/erasures", status_code=200, summary="Forget a number", response_model=ErasedView, responses=documented(409))
async def erase_phone(
    body: ErasureIn,
    caller: Annotated[Caller, caller_with("contacts:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """The same by number, whether or not it is a contact's: for people who wrote, or were written to, and were never kept."""
    now = context.clock.now()
    number, _ = read_phone(body.phone, default_region=body.default_region, pointer="/body/phone")

    async def work(tx: Transaction) -> ErasedView:
        done = await erase_number(tx, context, workspace_id=caller.workspace_id, phone=number.e164, now=now, actor=caller.actor)
        return _erased_view(done)

    return await posting.answer(caller, work, status=200)


@router.get("/contacts/{contact_id}/export", summary="Everything held about a person", responses=documented(404))
async def export(
    contact_id: ContactId, context: ContextDep, caller: Annotated[Caller, caller_with("contacts:read")]
) -> ExportView:
    """All of it in one document, for a machine: what is known, where it came from, who got it, and why (GDPR art. 15 and 20)."""
    found = await export_person(context.db, workspace_id=caller.workspace_id, contact_id=contact_id, now=context.clock.now())
    merged = [HeldView(**_held(contact, held)) for contact, held in found.merged]
    return ExportView(exported_at=found.at, **_held(found.contact, found.held), merged=merged)
