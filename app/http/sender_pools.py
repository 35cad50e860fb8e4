"""What can be done with sender pools? Make, change, list, delete, and ask whom a number would hear from."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from app.domain.message import Channel
from app.domain.routing import MOST_MEMBERS, Because, Choice, Strategy
from app.domain.sender import FASTEST
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import SenderId, SenderPoolId
from app.http.message_shapes import PassedOverView
from app.http.problems import documented
from app.http.shapes import IfGiven, Instant, Name, Page, Shape, Text, View, page_of, read_id_cursor
from app.storage.database import Transaction
from app.usecases import sender_pools
from app.usecases.authenticate import Caller
from app.usecases.read_phone import DefaultRegion, read_phone
from app.usecases.sender_pools import SenderPool, Weighted

router = APIRouter(prefix="/sender-pools", tags=["sender pools"])
Writer = Annotated[Caller, caller_with("senders:write")]
Reader = Annotated[Caller, caller_with("senders:read")]

_STRATEGY = (
    "What turns the scale beside the weights: nothing (`weights`), the share of messages delivered to the country, how soon they "
    "are, or the price of a part there"
)
_STICKY = "Whether a number goes on hearing from the sender that wrote to it last, while that one can"
_EXAMPLE: dict[str, Any] = {
    "name": "North America",
    "channel": "sms",
    "strategy": "delivery",
    "sticky": True,
    "members": [{"sender_id": "snd_01jdd00000e008000000000001", "weight": 3}],
}


class MemberShape(Shape):
    """A sender of a pool."""

    sender_id: SenderId
    weight: Annotated[float, Field(ge=0, le=FASTEST)] | None = Field(
        default=None, description="Its share against the others'; its rate if left out. 0 takes nothing new"
    )


Members = Annotated[list[MemberShape], Field(min_length=1, max_length=MOST_MEMBERS)]


class SenderPoolIn(Shape):
    """Senders that share messages."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    channel: Channel = Field(description="All its senders are for this one")
    strategy: Strategy = Field(default=Strategy.WEIGHTS, description=_STRATEGY)
    sticky: bool = Field(default=True, strict=True, description=_STICKY)
    members: Members


class SenderPoolPatch(Shape):
    """What to change. Fields left out stay; members are replaced whole, and the channel cannot change."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"strategy": "price"}]})

    name: IfGiven[Name] = None
    strategy: IfGiven[Strategy] = Field(default=None, description=_STRATEGY)
    sticky: IfGiven[Annotated[bool, Field(strict=True)]] = Field(default=None, description=_STICKY)
    members: IfGiven[Members] = None


class SenderPoolView(View):
    """A sender pool."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_EXAMPLE,
                    "id": "spl_01jdd00000e008000000000001",
                    "created_at": "2026-11-23T10:00:00Z",
                    "updated_at": "2026-11-23T10:00:00Z",
                }
            ]
        }
    )

    id: SenderPoolId
    name: str
    channel: Channel
    strategy: Strategy
    sticky: bool
    members: list[MemberShape]
    created_at: Instant
    updated_at: Instant


class RouteIn(Shape):
    """The number to ask about."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "+12125550142"}]})

    to: Annotated[Text, Field(min_length=1, max_length=64, description="E.164, or national with `default_region`")]
    default_region: DefaultRegion | None = None


class ChoiceView(View):
    """Whom a number would hear from, and why."""

    sender_id: SenderId | None = Field(description="null when none of the pool reaches the number")
    because: Because | None
    share: float = Field(description="Of the messages to this country that are this sender's, by weights")
    passed_over: list[PassedOverView]


def _view(pool: SenderPool) -> SenderPoolView:
    fields = {name: pool.row[name] for name in SenderPoolView.model_fields if name != "members"}
    return SenderPoolView(**fields, members=[MemberShape(sender_id=sender, weight=weight) for sender, weight in pool.members])


def _weighted(members: list[MemberShape]) -> list[Weighted]:
    return [(member.sender_id, member.weight) for member in members]


def choice_view(choice: Choice) -> ChoiceView:
    """A choice as the API shows it."""
    passed = [PassedOverView(sender_id=one.sender_id, why=one.why) for one in choice.passed_over]
    return ChoiceView(sender_id=choice.sender_id, because=choice.because, share=choice.share, passed_over=passed)


@router.post("", status_code=201, summary="Make a sender pool", response_model=SenderPoolView, responses=documented(404, 409))
async def create(body: SenderPoolIn, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Makes a pool of senders, of any accounts and carriers, for one channel. Campaigns and messages name it instead of a sender.

    For each number the senders that reach its country are weighed; those on hold are passed over, and what waits for a sender
    that is put on hold moves to another one. Each message and attempt tells why its sender was chosen.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> SenderPoolView:
        made = await sender_pools.create_pool(
            tx,
            workspace_id=caller.workspace_id,
            name=body.name,
            channel=body.channel,
            strategy=body.strategy,
            sticky=body.sticky,
            members=_weighted(body.members),
            now=now,
        )
        return _view(made)

    return await posting.answer(caller, work)


@router.get("", summary="List sender pools", responses=documented())
async def list_(context: ContextDep, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[SenderPoolView]:
    """Every sender pool of the workspace, newest first, with its members."""
    filters: dict[str, Any] = {"list": "sender_pools"}
    before = read_id_cursor(cursor, filters=filters)
    found = await sender_pools.list_pools(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(found, limit=limit, shape=_view, key=lambda pool: str(pool.row["id"]), filters=filters))


@router.get("/{pool_id}", summary="Get a sender pool", responses=documented(404))
async def get(pool_id: SenderPoolId, context: ContextDep, caller: Reader) -> SenderPoolView:
    """One sender pool with its members and their weights."""
    return _view(await sender_pools.read_pool(context, workspace_id=caller.workspace_id, pool_id=pool_id))


@router.patch("/{pool_id}", summary="Change a sender pool", responses=documented(404, 409))
async def patch(pool_id: SenderPoolId, body: SenderPoolPatch, context: ContextDep, caller: Writer) -> SenderPoolView:
    """Changes a pool for what is chosen from now on; messages that wait already stay with their sender."""
    changes = body.model_dump(mode="json", exclude_unset=True, exclude={"members"})
    changed = await sender_pools.change_pool(
        context,
        workspace_id=caller.workspace_id,
        pool_id=pool_id,
        changes=changes,
        members=None if body.members is None else _weighted(body.members),
        now=context.clock.now(),
    )
    return _view(changed)


@router.delete("/{pool_id}", status_code=204, summary="Delete a sender pool", responses=documented(404, 409))
async def delete(pool_id: SenderPoolId, context: ContextDep, caller: Writer) -> None:
    """Deletes a pool; its senders stay. Refused (409) while campaigns name it."""
    await sender_pools.delete_pool(context, workspace_id=caller.workspace_id, pool_id=pool_id)


@router.post(
    "/{pool_id}/route",
    status_code=200,
    summary="Whom would a number hear from?",
    response_model=ChoiceView,
    responses=documented(404, 409),
)
async def try_route(pool_id: SenderPoolId, body: RouteIn, caller: Reader, posting: PostingDep, context: ContextDep) -> Response:
    """Tells which sender a message to this number would go from now, why, and why not the others. Nothing is sent or kept."""
    number, _ = read_phone(body.to, default_region=body.default_region, pointer="/body/to")
    now = context.clock.now()

    async def work(tx: Transaction) -> ChoiceView:
        choice = await sender_pools.try_route(tx, workspace_id=caller.workspace_id, pool_id=pool_id, phone=number.e164, now=now)
        return choice_view(choice)

    return await posting.answer(caller, work, status=200)
