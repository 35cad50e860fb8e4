"""What is known of a number's own life? Whose it is, what kind of line, and whether it may be tried again."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AfterValidator, ConfigDict, Field

from app.domain.suppressions import SUPPRESSION_REASONS
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.ids import ContactId
from app.http.phones import DefaultRegion, Phone, read_phone
from app.http.problems import documented
from app.http.shapes import Instant, Shape, Text, View
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.end_number import Ended, end_number
from app.usecases.lift_suppression import lift_suppression
from app.usecases.record_line_types import LINE_TYPES, check_line_types, record_line_types

router = APIRouter(tags=["numbers"])


def _known_type(word: str) -> str:
    if word not in LINE_TYPES:
        raise ValueError(f"line types are {', '.join(LINE_TYPES)}")
    return word


def _known_reason(word: str) -> str:
    if word not in SUPPRESSION_REASONS:
        raise ValueError(f"reasons are {', '.join(SUPPRESSION_REASONS)}")
    return word


class NumberEndedIn(Shape):
    """How a contact stopped having their number."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"how": "reassigned", "occurred_at": "2026-11-20T00:00:00Z", "note": "she called"}]}
    )

    how: Ended = Field(description="Somebody else has it, nobody has it, or it never was theirs")
    occurred_at: Instant | None = Field(default=None, description="When; now when left out. Later consents are the new owner's")
    note: Annotated[Text, Field(max_length=1_000, description="Kept as evidence in the ledger")] = ""


class NumberEndedView(View):
    """What the end of a tenure did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"phone": "+12125550142", "ended": True, "expired": 2, "cancelled": 1, "stopped": 0, "beyond_recall": 0}]
        }
    )

    phone: str
    ended: bool = Field(description="False when it was over already")
    expired: int = Field(description="Consents that ended, a line of the ledger each")
    cancelled: int
    stopped: int
    beyond_recall: int


class LineTypeIn(Shape):
    """What a look-up says of one number."""

    phone: Phone
    default_region: DefaultRegion | None = None
    line_type: Annotated[
        str,
        AfterValidator(_known_type),
        Field(
            max_length=20,
            json_schema_extra={"enum": list(LINE_TYPES)},
            description="`unknown` takes an earlier one back",
            examples=["landline"],
        ),
    ]


class LineTypesIn(Shape):
    """Results of a carrier look-up."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {"phone": "+12125550142", "line_type": "mobile"},
                        {"phone": "+12125550143", "line_type": "landline"},
                    ]
                }
            ]
        }
    )

    items: Annotated[list[LineTypeIn], Field(min_length=1, max_length=1_000)]


class LineTypesView(View):
    """What came of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"changed": 1}]})

    changed: int = Field(description="Numbers of which something new was learned")


class LiftIn(Shape):
    """A suppression somebody answers for ending."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"phone": "+12125550142", "reason": "hard_bounce", "because": "she called from this very number"}]
        }
    )

    phone: Phone
    default_region: DefaultRegion | None = None
    reason: Annotated[
        str, AfterValidator(_known_reason), Field(max_length=32, json_schema_extra={"enum": list(SUPPRESSION_REASONS)})
    ]
    because: Annotated[Text, Field(min_length=1, max_length=1_000, description="Why: it is logged")]


class LiftView(View):
    """Whether there was such a suppression."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"phone": "+12125550142", "reason": "hard_bounce", "lifted": True}]}
    )

    phone: str
    reason: str
    lifted: bool


@router.post(
    "/contacts/{contact_id}/number-ended",
    status_code=200,
    summary="Say that a contact no longer has their number",
    response_model=NumberEndedView,
    responses=documented(404, 409),
)
async def number_ended(
    contact_id: ContactId,
    body: NumberEndedIn,
    caller: Annotated[Caller, caller_with("consents:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Ends the number's tenure: its consents expire, what was waiting for it is cancelled, and it rests.

    Consent is the person's and never follows the number to the next one. It goes on when whoever has it agrees: an opt-in with
    proof after that instant.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> NumberEndedView:
        result = await end_number(
            tx,
            workspace_id=caller.workspace_id,
            contact_id=contact_id,
            how=body.how,
            at=body.occurred_at,
            note=body.note,
            now=now,
            actor=caller.actor,
        )
        return NumberEndedView(
            phone=result.phone,
            ended=result.ended,
            expired=result.expired,
            cancelled=result.cancelled,
            stopped=result.stopped,
            beyond_recall=result.beyond_recall,
        )

    return await posting.answer(caller, work, status=200)


@router.post(
    "/numbers/line-types",
    status_code=200,
    summary="Record what kind of line numbers are",
    response_model=LineTypesView,
    responses=documented(409),
)
async def line_types(
    body: LineTypesIn,
    caller: Annotated[Caller, caller_with("contacts:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Up to 1,000 results of a carrier look-up, all or none. From then on they decide what each number may get.

    A land line takes calls and no texts; VoIP is nothing until a look-up tells which kind it is. Carriers' refusals teach the
    same by themselves.
    """
    now = context.clock.now()
    rows = [
        (read_phone(item.phone, default_region=item.default_region, pointer=f"/body/items/{place}/phone")[0], item.line_type)
        for place, item in enumerate(body.items)
    ]
    check_line_types(rows)

    async def work(tx: Transaction) -> LineTypesView:
        return LineTypesView(changed=await record_line_types(tx, workspace_id=caller.workspace_id, rows=rows, now=now))

    return await posting.answer(caller, work, status=200)


@router.post(
    "/suppressions/lift",
    status_code=200,
    summary="Lift a suppression by hand",
    response_model=LiftView,
    responses=documented(409),
)
async def lift(
    body: LiftIn, caller: Annotated[Caller, caller_with("admin")], posting: PostingDep, context: ContextDep
) -> Response:
    """Ends what is about the number alone: `invalid_number`, `hard_bounce`, `deactivated`.

    The others are refused, saying what ends them: a person's no is lifted by their own fresh proof, and an erased person's never.
    """
    now = context.clock.now()
    phone = read_phone(body.phone, default_region=body.default_region)[0].e164

    async def work(tx: Transaction) -> LiftView:
        lifted = await lift_suppression(
            tx,
            workspace_id=caller.workspace_id,
            phone=phone,
            reason=body.reason,
            because=body.because,
            actor=caller.actor,
            now=now,
        )
        return LiftView(phone=phone, reason=body.reason, lifted=lifted)

    return await posting.answer(caller, work, status=200)
