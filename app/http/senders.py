"""What can be done with senders? Register, list, set the rate, end a hold."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from app.domain.breaker import Breaker, Condition, Counts
from app.domain.message import Channel
from app.domain.registration import RegistrationStatus
from app.domain.sender import FASTEST, SenderKind
from app.http.about_shapes import REGISTRATION, RegistrationShape
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import ProviderId, SenderId
from app.http.prices import Country, Prices
from app.http.problems import documented
from app.http.shapes import IfGiven, Instant, OnlyFalse, Page, Shape, Text, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.context import Context
from app.usecases.senders import NewSender, change_sender, create_sender, list_senders, read_sender

router = APIRouter(prefix="/senders", tags=["senders"])

_EXAMPLE_ID = "prv_01jdd00000e008000000000001"
Countries = Annotated[
    list[Country],
    Field(max_length=300, description="Which a pool may choose it for; none: all that take its kind. A short code needs them"),
]
Rate = Annotated[float, Field(gt=0, le=FASTEST, strict=True)]

_HEALTH: dict[str, Any] = {
    "state": "open",
    "since": "2026-11-23T10:00:00Z",
    "until": "2026-11-23T10:00:30Z",
    "reason": "provider.failing",
    "tries": 40,
    "faults": 31,
    "share": 0.775,
}
_WELL: dict[str, Any] = {"state": "closed", "since": None, "until": None, "reason": "", "tries": 250, "faults": 0, "share": 0.0}

_EXAMPLE: dict[str, Any] = {
    "id": "snd_01jdd00000e008000000000001",
    "provider_id": _EXAMPLE_ID,
    "channel": "sms",
    "kind": "toll_free",
    "address": "+18005550100",
    "parts_per_second": 3.0,
    "registration": REGISTRATION,
    "countries": ["US"],
    "prices": {"US": {"amount": "0.0079", "currency": "USD"}},
    "held": False,
    "held_until": None,
    "hold_reason": "",
    "health": _WELL,
    "created_at": "2026-11-23T10:00:00Z",
    "updated_at": "2026-11-23T10:00:00Z",
}


class SenderIn(Shape):
    """What messages may come from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"provider_id": _EXAMPLE_ID, "channel": "sms", "kind": "toll_free", "address": "+18005550100"}]
        }
    )

    provider_id: ProviderId
    channel: Channel
    kind: SenderKind
    address: Annotated[Text, Field(min_length=1, max_length=100)] = Field(
        description="E.164 for long codes and toll-free numbers, digits for short codes, 3 to 11 letters, digits and spaces for "
        "alphanumeric senders, the carrier's id for messaging services and RCS agents"
    )
    parts_per_second: Rate | None = Field(
        default=None,
        description="What the carrier allows, in parts. By default long codes 1, toll-free 3, short codes 100, "
        "alphanumeric and RCS agents 10. Calls: never more than the `calls_per_second` of the account, or else of its kind, "
        "which are also their default and which all senders of the account share",
    )
    registration: RegistrationShape = Field(default_factory=RegistrationShape)
    countries: Countries = Field(default=[])
    prices: Prices = Field(default={})


class SenderPatch(Shape):
    """What to change. Fields left out stay; address and channel cannot change, because messages name their sender."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"parts_per_second": 30}, {"held": False}]})

    parts_per_second: IfGiven[Rate] = None
    registration: IfGiven[RegistrationShape] = Field(default=None, description="Its fields that are left out stay")
    countries: IfGiven[Countries] = None
    prices: IfGiven[Prices] = None
    held: IfGiven[OnlyFalse] = Field(default=None, description="false ends a hold, and what waits is tried again")


class RegistrationView(View):
    """What was said of the sender's registration with the carriers."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRATION]})

    status: RegistrationStatus | None = None
    brand: str = ""
    campaign_id: str = ""
    age_gated: list[str] = Field(default=[])
    opt_out: str = ""
    identification: str = ""
    capped_until: Instant | None = None
    capped_by: str = ""
    parts_per_minute: int | None = None
    parts_per_day: int | None = None
    queue_seconds: int = 0
    abandoned_rate: float = 0.0


class HealthView(View):
    """How a sender fares with its carrier. Errors of single recipients say nothing about it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HEALTH]})

    state: Condition = Field(
        description="open: nothing is handed over; half_open: one message at a time, to see; closed: all is well"
    )
    since: Instant | None = Field(description="When it last opened or closed")
    until: Instant | None = Field(description="When the next message goes to see; each time in a row twice as late")
    reason: str = Field(description="provider.failing, provider.sender_config or provider.spam_filtered while it is not closed")
    tries: int = Field(description="Hand-overs of the last minute or two")
    faults: int = Field(description="Of these, how many spoke against the carrier, the sender or its texts")
    share: float = Field(ge=0, le=1)


class SenderView(View):
    """A sender."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: SenderId
    provider_id: ProviderId
    channel: Channel
    kind: SenderKind
    address: str
    parts_per_second: float = Field(description="Shared by all workers")
    registration: RegistrationView
    countries: list[str] = Field(description="Those it serves; empty: all that take its kind")
    prices: Prices
    held: bool = Field(description="Whether hand-overs from this sender rest")
    held_until: Instant | None
    hold_reason: str
    health: HealthView
    created_at: Instant
    updated_at: Instant


def _health(row: Row, now: datetime) -> HealthView:
    standing = row["standing"]
    breaker, counts = (Breaker(), Counts()) if standing is None else (standing.breaker, standing.window(now))
    return HealthView(
        state=breaker.condition(now),
        since=breaker.since,
        until=breaker.until,
        reason=breaker.reason,
        tries=counts.tries,
        faults=counts.faults,
        share=round(counts.share, 4),
    )


def _view(context: Context, row: Row) -> SenderView:
    until = row["held_until"]
    held = until is not None and until > context.clock.now()
    return SenderView(
        id=row["id"],
        provider_id=row["provider_id"],
        channel=row["channel"],
        kind=row["kind"],
        address=row["address"],
        parts_per_second=row["parts_per_second"],
        registration=RegistrationView(**row["registration"]),
        countries=row["countries"],
        prices=row["prices"],
        held=held,
        held_until=until if held else None,
        hold_reason=row["hold_reason"] if held else "",
        health=_health(row, context.clock.now()),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


@router.post("", status_code=201, summary="Register a sender", response_model=SenderView, responses=documented(404, 409))
async def create(
    body: SenderIn, caller: Annotated[Caller, caller_with("senders:write")], posting: PostingDep, context: ContextDep
) -> Response:
    """Registers an address on a carrier account, for one channel. The kind decides the form of the address and the usual rate."""
    now = context.clock.now()
    new = NewSender(
        provider_id=body.provider_id,
        channel=body.channel,
        kind=body.kind,
        address=body.address,
        parts_per_second=body.parts_per_second,
        registration=body.registration.stored(),
        countries=body.countries,
        prices={country: price.model_dump() for country, price in body.prices.items()},
    )

    async def work(tx: Transaction) -> SenderView:
        return _view(context, await create_sender(tx, context, workspace_id=caller.workspace_id, new=new, now=now))

    return await posting.answer(caller, work)


@router.get("", summary="List senders", responses=documented())
async def list_(
    context: ContextDep,
    caller: Annotated[Caller, caller_with("senders:read")],
    provider_id: Annotated[ProviderId | None, Query(description="Only this account's")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SenderView]:
    """Every sender of the workspace, newest first, with its rate and whether it is held."""
    filters: dict[str, Any] = {"list": "senders", "provider": provider_id}
    rows = await list_senders(
        context,
        workspace_id=caller.workspace_id,
        before=read_id_cursor(cursor, filters=filters),
        limit=limit + 1,
        provider_id=provider_id,
    )

    def shape(row: Row) -> SenderView:
        return _view(context, row)

    return Page(**page_of(list(rows), limit=limit, shape=shape, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{sender_id}", summary="Get a sender", responses=documented(404))
async def get(sender_id: SenderId, context: ContextDep, caller: Annotated[Caller, caller_with("senders:read")]) -> SenderView:
    """One sender, its rate, and whether it is on hold."""
    return _view(context, await read_sender(context, workspace_id=caller.workspace_id, sender_id=sender_id))


@router.patch("/{sender_id}", summary="Change a sender", responses=documented(404))
async def patch(
    sender_id: SenderId, body: SenderPatch, context: ContextDep, caller: Annotated[Caller, caller_with("senders:write")]
) -> SenderView:
    """Sets the rate, says what has become of its registration, or ends a hold. Workers follow within seconds."""
    row = await change_sender(
        context,
        workspace_id=caller.workspace_id,
        sender_id=sender_id,
        parts_per_second=body.parts_per_second,
        registration=body.registration.stored() if body.registration else None,
        countries=body.countries,
        prices=None if body.prices is None else {country: price.model_dump() for country, price in body.prices.items()},
        release=body.held is False,
        now=context.clock.now(),
    )
    return _view(context, row)
