"""Which replies wait for somebody who can read? The list, one of them, and what it meant."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from app.domain.errors import InvalidField
from app.domain.message import Channel
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import InboundId, ReviewId
from app.http.problems import documented
from app.http.shapes import Instant, Page, Shape, Text, View, page_of, read_cursor
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.settle_review import ReviewOutcome, page_of_reviews, read_one_review, settle_review

router = APIRouter(prefix="/reviews", tags=["consent"])

_REVIEW: dict[str, Any] = {
    "id": "rev_01jdd00000e008000000000001",
    "phone": "+14155550123",
    "kind": "review",
    "text": "End of the month is fine",
    "inbound_id": "inb_01jdd00000e008000000000001",
    "channel": "sms",
    "to_address": "+18885550100",
    "outcome": None,
    "note": "",
    "settled_by": None,
    "created_at": "2026-11-23T17:00:00Z",
    "settled_at": None,
}


class ReviewView(View):
    """A reply that may be an opt-out, or comes from somebody else; marketing to the number rests while it is open."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REVIEW]})

    id: ReviewId
    phone: str = Field(description="E.164")
    kind: Literal["review", "wrong_number"]
    text: str | None = Field(description="What the person wrote; null when it is not kept any more")
    inbound_id: InboundId | None
    channel: Channel | None
    to_address: str | None = Field(description="The sender it was written to")
    outcome: ReviewOutcome | None = Field(description="null while it is open")
    note: str
    settled_by: str | None
    created_at: Instant = Field(description="When the reply came")
    settled_at: Instant | None


class Settlement(Shape):
    """What a reply meant."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "opt_out", "note": "asked to be left alone"}]})

    outcome: ReviewOutcome = Field(
        description="`opt_out` silences the number as of the reply, `not_an_opt_out` lifts the hold, `wrong_number` ends the "
        "consents of whoever had the number"
    )
    note: Annotated[Text, Field(max_length=1_000)] = Field(default="", description="Why, for whoever asks later")


def _view(row: Row) -> ReviewView:
    return ReviewView(**{name: row[name] for name in ReviewView.model_fields})


def _key(row: Row) -> str:
    return f"{'open' if row['outcome'] is None else 'settled'} {row['id']}"


def _after(cursor: str | None, filters: dict[str, Any]) -> tuple[bool, UUID] | None:
    written = read_cursor(cursor, filters=filters)
    if written is None:
        return None
    word, _, review_id = written.partition(" ")
    try:
        return word == "open", UUID(review_id)
    except ValueError as error:
        raise InvalidField("the cursor is not one of ours", pointer="/query/cursor", code="bad_cursor") from error


@router.get("", summary="List reviews", responses=documented())
async def list_all(
    context: ContextDep,
    caller: Annotated[Caller, caller_with("consents:read")],
    *,
    state: Annotated[Literal["open", "settled"] | None, Query(description="Only these")] = None,
    kind: Annotated[Literal["review", "wrong_number"] | None, Query(description="Only of this kind")] = None,
    phone: Annotated[Text | None, Query(max_length=100, description="Only from this number, in E.164")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReviewView]:
    """Replies somebody has to read, open ones first, each newest first. Marketing to their numbers rests meanwhile."""
    filters: dict[str, Any] = {"list": "reviews", "state": state, "kind": kind, "phone": phone}
    rows = await page_of_reviews(
        context.db,
        workspace_id=caller.workspace_id,
        phone=phone,
        kind=kind,
        is_open=None if state is None else state == "open",
        after=_after(cursor, filters),
        limit=limit + 1,
    )
    return Page(**page_of(rows, limit=limit, shape=_view, key=_key, filters=filters))


@router.get("/{review_id}", summary="Get a review", responses=documented(404))
async def get(
    review_id: Annotated[ReviewId, Path()], context: ContextDep, caller: Annotated[Caller, caller_with("consents:read")]
) -> ReviewView:
    """One reply that somebody has to read, or has read."""
    return _view(await read_one_review(context.db, workspace_id=caller.workspace_id, review_id=review_id))


@router.post(
    "/{review_id}/settle", status_code=200, summary="Settle a review", response_model=ReviewView, responses=documented(404, 409)
)
async def settle(
    review_id: Annotated[ReviewId, Path()],
    body: Settlement,
    caller: Annotated[Caller, caller_with("consents:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Says what a reply meant, once. The same outcome again changes nothing; another one is a conflict.

    An opt-out counts from the reply, unless the person has come back since, with proof. The hold on a number ends with its last
    open review.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> ReviewView:
        row = await settle_review(
            tx,
            workspace_id=caller.workspace_id,
            review_id=review_id,
            outcome=body.outcome,
            note=body.note,
            actor=caller.actor,
            now=now,
            metrics=context.metrics,
        )
        return _view(row)

    return await posting.answer(caller, work, status=200)
