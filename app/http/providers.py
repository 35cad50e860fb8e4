"""What can be done with carrier accounts? Register, list, rotate credentials, end a hold, delete; which kinds are there?"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from app.domain.delivery import Safety
from app.domain.ids import encode_id
from app.domain.message import Channel
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import ProviderId
from app.http.problems import documented
from app.http.shapes import IfGiven, Instant, Name, OnlyFalse, Page, Shape, Text, View, page_of, read_id_cursor
from app.ports import LooksUp, Provider, Recalls
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.context import Context
from app.usecases.provider_accounts import (
    ProviderChange,
    change_provider,
    check_address,
    create_provider,
    credential_names,
    delete_provider,
    list_providers,
    read_provider,
)

router = APIRouter()

CredentialName = Annotated[Text, Field(min_length=1, max_length=64)]
Credential = Annotated[Text, Field(min_length=1, max_length=8_000)]
BaseUrl = Annotated[Text, Field(min_length=8, max_length=500, pattern=r"^https?://[^\s]+$")]
CallRate = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False, strict=True)]
OptOutReplies = Literal["tactful", "carrier"]
_WHO_REPLIES = "Who confirms a STOP: we (tactful), or the carrier, in which case we stay silent"
_CALLS = "Calls all senders of the account may begin in a second, together, as agreed with the carrier; null: what the kind says"
_ELSEWHERE = "Replaces the carrier's own address; the simulator's, or a region's. Addresses inside the network are refused"
_CREDENTIALS: dict[str, Any] = {"account_sid": "AC" + "0" * 30 + "01", "auth_token": "write-only"}


_EXAMPLE: dict[str, Any] = {
    "id": "prv_01jdd00000e008000000000001",
    "kind": "twilio",
    "name": "Twilio, main account",
    "credentials": ["account_sid", "auth_token"],
    "base_url": None,
    "opt_out_replies": "tactful",
    "calls_per_second": None,
    "webhook_url": "https://tactful.example/webhooks/twilio/prv_01jdd00000e008000000000001",
    "held": False,
    "held_until": None,
    "hold_reason": "",
    "created_at": "2026-11-23T10:00:00Z",
    "updated_at": "2026-11-23T10:00:00Z",
}
_KIND: dict[str, Any] = {
    "kind": "twilio",
    "title": "Twilio Programmable Messaging and Voice",
    "channels": ["sms"],
    "limits": [
        {
            "channel": "sms",
            "safety": "none",
            "text": 1600,
            "media": 0,
            "media_bytes": 0,
            "validity": [1, 36000],
            "per_second": None,
            "calls_per_second": None,
        }
    ],
    "batch": 1,
    "looks_up": True,
    "recalls": True,
    "base_url": "https://api.twilio.com",
    "credentials": [{"name": "auth_token", "title": "Auth token", "pattern": "^[!-~]{1,128}$", "required": True, "secret": True}],
}


class ProviderIn(Shape):
    """A carrier account."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "twilio", "name": "Twilio, main account", "credentials": _CREDENTIALS}]}
    )

    kind: Annotated[Text, Field(min_length=1, max_length=64, description="One of GET /v1/provider-kinds")]
    name: Name
    credentials: Annotated[dict[CredentialName, Credential], Field(max_length=20)] = Field(
        description="What the kind asks for. Encrypted at rest, never returned"
    )
    base_url: BaseUrl | None = Field(default=None, description=_ELSEWHERE)
    opt_out_replies: OptOutReplies = Field(default="tactful", description=_WHO_REPLIES)
    calls_per_second: CallRate | None = Field(default=None, description=_CALLS)


class ProviderPatch(Shape):
    """What to change. Fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"credentials": {"auth_token": "the-new-one"}}, {"held": False}]})

    name: IfGiven[Name] = None
    credentials: IfGiven[Annotated[dict[CredentialName, Credential | None], Field(max_length=20)]] = Field(
        default=None, description="Those named are replaced, null removes an optional one; the others stay"
    )
    base_url: BaseUrl | None = Field(default=None, description="null: the carrier's own. Needs all credentials given anew")
    opt_out_replies: IfGiven[OptOutReplies] = Field(default=None, description=_WHO_REPLIES)
    calls_per_second: CallRate | None = Field(default=None, description=f"{_CALLS}; null takes it away")
    held: IfGiven[OnlyFalse] = Field(default=None, description="false ends a hold, and what waits is tried again")

    def change(self) -> ProviderChange:
        """What this asks to be different."""
        return ProviderChange(
            name=self.name,
            credentials=self.credentials,
            base_url=(self.base_url or "") if "base_url" in self.model_fields_set else None,
            opt_out_replies=self.opt_out_replies,
            calls_per_second=(self.calls_per_second or 0) if "calls_per_second" in self.model_fields_set else None,
            release=self.held is False,
        )


class ProviderView(View):
    """A carrier account, without its secrets."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: ProviderId
    kind: str
    name: str
    credentials: list[str] | None = Field(
        description="Which credentials are set; null when they cannot be opened with this service's key and must be given anew",
        examples=[["account_sid", "auth_token"]],
    )
    base_url: str | None
    opt_out_replies: OptOutReplies
    calls_per_second: float | None = Field(description=_CALLS)
    webhook_url: str = Field(
        description="Configure this at the carrier, for receipts and for what people write",
        examples=["https://tactful.example/webhooks/twilio/prv_01jdd00000e008000000000001"],
    )
    held: bool = Field(description="Whether hand-overs through this account rest")
    held_until: Instant | None
    hold_reason: str
    created_at: Instant
    updated_at: Instant


def _view(context: Context, row: Row) -> ProviderView:
    until = row["held_until"]
    held = until is not None and until > context.clock.now()
    return ProviderView(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        credentials=credential_names(context, row),
        base_url=row["base_url"],
        opt_out_replies=row["opt_out_replies"],
        calls_per_second=row["calls_per_second"],
        webhook_url=f"{context.settings.public_url}/webhooks/{row['kind']}/{encode_id('provider', row['id'])}",
        held=held,
        held_until=until if held else None,
        hold_reason=row["hold_reason"] if held else "",
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


class CredentialView(View):
    """One credential a kind asks for."""

    name: str
    title: str
    pattern: str = Field(description="A regular expression the whole value must match")
    required: bool
    secret: bool


class ChannelView(View):
    """What a kind of provider takes on one channel, and what is known when an answer is lost."""

    channel: Channel
    safety: Safety = Field(
        description="After a lost answer: `own_id` it is asked again with our id, `echo` a receipt or a look-up brings our "
        "reference back, `none` only the callback URL or a look-up can tell"
    )
    text: int = Field(description="Characters of text, at most")
    media: int = Field(description="Media, at most")
    media_bytes: int = Field(description="Their bytes in all, at most; 0 where nobody says")
    validity: tuple[int, int] | None = Field(description="Seconds a message may be valid there, from and to")
    per_second: float | None = Field(description="Requests a second unless agreed otherwise; null where nobody says")
    calls_per_second: float | None = Field(
        description="Calls all senders of an account may begin in a second, together; null where nobody says"
    )


class ProviderKindView(View):
    """One installed kind of provider."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KIND]})

    kind: str
    title: str
    channels: list[Channel]
    limits: list[ChannelView] = Field(description="What it takes on each channel")
    batch: int = Field(description="Recipients in one request, at most")
    looks_up: bool = Field(description="Whether it is asked what became of messages whose receipts stay away")
    recalls: bool = Field(description="Whether it takes back what it has not sent or delivered yet")
    base_url: str = Field(description="The carrier's own address")
    credentials: list[CredentialView]


def _channel_view(kind: type[Provider], channel: Channel) -> ChannelView:
    limits = kind.limits[channel]
    return ChannelView(
        channel=channel,
        safety=kind.safety[channel],
        text=limits.text,
        media=limits.media,
        media_bytes=limits.media_bytes,
        validity=limits.validity,
        per_second=limits.per_second,
        calls_per_second=limits.calls_per_second,
    )


@router.get("/provider-kinds", tags=["providers"], summary="List installed provider kinds", responses=documented())
async def kinds(context: ContextDep, caller: Annotated[Caller, caller_with("senders:read")]) -> Page[ProviderKindView]:  # noqa: ARG001
    """Which carriers this installation can hand messages to, and which credentials each asks for. Always one page."""
    return Page(
        items=[
            ProviderKindView(
                kind=kind.kind,
                title=kind.title,
                channels=sorted(kind.channels),
                limits=[_channel_view(kind, channel) for channel in sorted(kind.channels)],
                batch=getattr(kind, "batch_limit", 1),
                looks_up=issubclass(kind, LooksUp),
                recalls=issubclass(kind, Recalls),
                base_url=kind.default_base_url,
                credentials=[
                    CredentialView(
                        name=field.name,
                        title=field.title,
                        pattern=field.pattern,
                        required=field.required,
                        secret=field.secret,
                    )
                    for field in kind.credential_fields
                ],
            )
            for _, kind in sorted(context.provider_kinds.items())
        ]
    )


@router.post(
    "/providers",
    status_code=201,
    tags=["providers"],
    summary="Register a carrier account",
    response_model=ProviderView,
    responses=documented(409),
)
async def create(
    body: ProviderIn, caller: Annotated[Caller, caller_with("senders:write")], posting: PostingDep, context: ContextDep
) -> Response:
    """Checks the credentials' form, encrypts them, and answers with the webhook URL to configure at the carrier.

    A credential that does not fit is named by its pointer, `/body/credentials/...`.
    """
    now = context.clock.now()
    await check_address(context, body.base_url)

    async def work(tx: Transaction) -> ProviderView:
        row = await create_provider(
            tx,
            context,
            workspace_id=caller.workspace_id,
            kind=body.kind,
            name=body.name,
            credentials=body.credentials,
            base_url=body.base_url,
            opt_out_replies=body.opt_out_replies,
            calls_per_second=body.calls_per_second,
            now=now,
        )
        return _view(context, row)

    return await posting.answer(caller, work)


@router.get("/providers", tags=["providers"], summary="List carrier accounts", responses=documented())
async def list_(
    context: ContextDep, caller: Annotated[Caller, caller_with("senders:read")], limit: Limit = 50, cursor: Cursor = None
) -> Page[ProviderView]:
    """Every carrier account of the workspace, newest first; credentials are never shown."""
    filters: dict[str, Any] = {"list": "providers"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_providers(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)

    def shape(row: Row) -> ProviderView:
        return _view(context, row)

    return Page(**page_of(list(rows), limit=limit, shape=shape, key=lambda row: str(row["id"]), filters=filters))


@router.get("/providers/{provider_id}", tags=["providers"], summary="Get a carrier account", responses=documented(404))
async def get(
    provider_id: ProviderId, context: ContextDep, caller: Annotated[Caller, caller_with("senders:read")]
) -> ProviderView:
    """One account: which credentials are set (never their values), its webhook URL, and whether it is on hold."""
    return _view(context, await read_provider(context, workspace_id=caller.workspace_id, provider_id=provider_id))


@router.patch("/providers/{provider_id}", tags=["providers"], summary="Change a carrier account", responses=documented(404, 409))
async def patch(
    provider_id: ProviderId, body: ProviderPatch, context: ContextDep, caller: Annotated[Caller, caller_with("senders:write")]
) -> ProviderView:
    """Renames it, rotates credentials, or ends a hold.

    Where a kind has a `previous_...` credential, the replaced one is kept there by itself, so that webhooks signed with it are
    still believed; remove it with null when the carrier has changed over.
    """
    row = await change_provider(
        context, workspace_id=caller.workspace_id, provider_id=provider_id, change=body.change(), now=context.clock.now()
    )
    return _view(context, row)


@router.delete(
    "/providers/{provider_id}",
    status_code=204,
    tags=["providers"],
    summary="Delete a carrier account",
    responses=documented(404, 409),
)
async def delete(provider_id: ProviderId, context: ContextDep, caller: Annotated[Caller, caller_with("senders:write")]) -> None:
    """Deletes the account with its credentials. Refused (409) while it has senders or messages came in through it."""
    await delete_provider(context, workspace_id=caller.workspace_id, provider_id=provider_id)
