"""What can be done with sequences? Make one of steps, start, pause, resume and end it, and take contacts in by hand."""

from collections.abc import Sequence as Items
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field, model_validator

from app.domain.sequence import LONGEST_WAIT, MOST_STEPS, SHORTEST_WAIT, Condition, Message, Otherwise, Step, Wait, read_steps
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import AudienceId, CampaignId, ContactId, EnrolmentId, EventId, SequenceId
from app.http.problems import documented
from app.http.shapes import Instant, Name, Page, Shape, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases import sequences
from app.usecases.authenticate import Caller
from app.usecases.sequences import NewSequence

router = APIRouter(prefix="/sequences", tags=["sequences"])
Writer = Annotated[Caller, caller_with("campaigns:write")]
Reader = Annotated[Caller, caller_with("campaigns:read")]

EventName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,63}$", examples=["purchase"])]
State = Literal["draft", "running", "paused", "ended"]
Outcome = Literal["enrolled", "already_in", "not_in_audience", "unknown"]

_STEPS: list[dict[str, Any]] = [{"wait_seconds": 3_600}, {"campaign_id": "cmp_01jdd00000e008000000000001"}]
_EXAMPLE: dict[str, Any] = {
    "name": "After a purchase",
    "trigger_event": "purchase",
    "exit_event": "returned",
    "steps": _STEPS,
}
_VIEW: dict[str, Any] = {
    **_EXAMPLE,
    "id": "seq_01jdd00000e008000000000001",
    "state": "running",
    "audience_id": None,
    "reenter_after_seconds": None,
    "started_at": "2026-11-23T10:05:00Z",
    "created_at": "2026-11-23T10:00:00Z",
    "updated_at": "2026-11-23T10:05:00Z",
}


class StepShape(Shape):
    """One step: a wait, a condition, or a message."""

    wait_seconds: Annotated[int, Field(ge=SHORTEST_WAIT, le=LONGEST_WAIT, strict=True)] | None = None
    condition: dict[str, Any] | None = Field(default=None, description="A rule as of an audience: go on only if it holds by then")
    otherwise: Otherwise = Field(default=Otherwise.LEAVE, description="With a condition that does not hold")
    campaign_id: CampaignId | None = Field(
        default=None, description="A draft made for this step: it begins with the sequence and waits for its contacts"
    )

    @model_validator(mode="after")
    def one_kind(self) -> "StepShape":
        """Exactly one of the three."""
        if sum(one is not None for one in (self.wait_seconds, self.condition, self.campaign_id)) != 1:
            raise ValueError("a step is a wait_seconds, a condition or a campaign_id, and only one of them")
        return self

    def step(self) -> Step:
        """As a value."""
        if self.wait_seconds is not None:
            return Wait(self.wait_seconds)
        if self.condition is not None:
            return Condition(self.condition, self.otherwise)
        assert self.campaign_id is not None
        return Message(self.campaign_id)


class SequenceIn(Shape):
    """A sequence to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    trigger_event: EventName | None = Field(
        default=None, description="Whoever does this begins it; if left out, it is begun by hand"
    )
    audience_id: AudienceId | None = Field(default=None, description="Only its members, when they would begin")
    exit_event: EventName | None = Field(default=None, description="Whoever does this leaves it")
    reenter_after_seconds: Annotated[int, Field(ge=SHORTEST_WAIT, le=LONGEST_WAIT, strict=True)] | None = Field(
        default=None, description="How long after its beginning a contact that is through may begin again; never if left out"
    )
    steps: Annotated[list[StepShape], Field(min_length=1, max_length=MOST_STEPS)]


class StepCount(View):
    """How many contacts are, or ended, at a step."""

    step: int = Field(description="The next step of those that wait; counted from 0")
    state: Literal["waiting", "done", "left"]
    contacts: int


class SequenceView(View):
    """A sequence."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VIEW]})

    id: SequenceId
    name: str
    state: State
    trigger_event: str | None
    audience_id: AudienceId | None
    exit_event: str | None
    reenter_after_seconds: int | None
    steps: list[StepShape]
    started_at: Instant | None
    created_at: Instant
    updated_at: Instant


class SequenceFound(SequenceView):
    """A sequence and where its contacts are."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_VIEW, "contacts": [{"step": 1, "state": "waiting", "contacts": 12}]}]}
    )

    contacts: list[StepCount]


class EnrolmentView(View):
    """A contact's way through a sequence."""

    id: EnrolmentId
    contact_id: ContactId
    entry: int = Field(description="Its ways through, counted from 0")
    step: int = Field(description="The next step")
    state: Literal["waiting", "done", "left"]
    reason: str = Field(description="Why it left, or what holds it up", examples=["sequence.exit_event"])
    due_at: Instant = Field(description="When the next step is taken")
    event_id: EventId | None = Field(description="What began it")
    created_at: Instant
    updated_at: Instant


class EnrolIn(Shape):
    """Contacts to take in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contact_ids": ["con_01jdd00000e008000000000001"]}]})

    contact_ids: Annotated[list[ContactId], Field(min_length=1, max_length=1_000)]


class EnrolledView(View):
    """What became of one contact."""

    contact_id: ContactId
    outcome: Outcome


class EnrolmentsMade(View):
    """What became of each contact, in the order given."""

    items: list[EnrolledView]


def _step_view(step: Step) -> StepShape:
    match step:
        case Wait(seconds):
            return StepShape(wait_seconds=seconds)
        case Condition(rule, otherwise):
            return StepShape(condition=dict(rule), otherwise=otherwise)
        case Message(campaign_id):
            return StepShape(campaign_id=campaign_id)


def _fields(row: Row) -> dict[str, Any]:
    fields = {name: row[name] for name in SequenceView.model_fields if name != "steps"}
    return {**fields, "steps": [_step_view(step) for step in read_steps(row["steps"])]}


def _view(row: Row) -> SequenceView:
    return SequenceView(**_fields(row))


def _found(row: Row, counts: Items[Row]) -> SequenceFound:
    contacts = [StepCount(step=one["step"], state=one["state"], contacts=one["contacts"]) for one in counts]
    return SequenceFound(**_fields(row), contacts=contacts)


@router.post("", status_code=201, summary="Make a sequence", response_model=SequenceView, responses=documented(404, 409))
async def create(body: SequenceIn, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Makes a draft of waits, conditions and messages. Each message is a campaign of its own, made as a draft before.

    A contact takes a step when its timer is due; the timers are kept in the database. Consent, hours and caps are decided at
    each message as everywhere.
    """
    now = context.clock.now()
    new = NewSequence(
        name=body.name,
        steps=tuple(step.step() for step in body.steps),
        trigger_event=body.trigger_event,
        audience_id=body.audience_id,
        exit_event=body.exit_event,
        reenter_after=body.reenter_after_seconds,
    )

    async def work(tx: Transaction) -> SequenceView:
        return _view(await sequences.create_sequence(tx, workspace_id=caller.workspace_id, new=new, now=now))

    return await posting.answer(caller, work)


@router.get("", summary="List sequences", responses=documented())
async def list_(context: ContextDep, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[SequenceView]:
    """Every sequence of the workspace, newest first."""
    filters: dict[str, Any] = {"list": "sequences"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await sequences.list_sequences(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(list(rows), limit=limit, shape=_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{sequence_id}", summary="Get a sequence", responses=documented(404))
async def get(sequence_id: SequenceId, context: ContextDep, caller: Reader) -> SequenceFound:
    """One sequence, and how many contacts are at each of its steps."""
    found = await sequences.read_sequence(context, workspace_id=caller.workspace_id, sequence_id=sequence_id)
    return _found(*found)


async def _steer(sequence_id: SequenceId, to: str, caller: Caller, posting: PostingDep, context: ContextDep) -> Response:
    now = context.clock.now()

    async def work(tx: Transaction) -> SequenceView:
        row = await sequences.steer_sequence(tx, workspace_id=caller.workspace_id, sequence_id=sequence_id, to=to, now=now)
        return _view(row)

    return await posting.answer(caller, work, status=200)


@router.post(
    "/{sequence_id}/start",
    status_code=200,
    summary="Start or resume a sequence",
    response_model=SequenceView,
    responses=documented(404, 409),
)
async def start(sequence_id: SequenceId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Starts a draft, with the campaigns of its messages, or goes on after a pause. Events before the start begin nothing."""
    return await _steer(sequence_id, "running", caller, posting, context)


@router.post(
    "/{sequence_id}/pause",
    status_code=200,
    summary="Pause a sequence",
    response_model=SequenceView,
    responses=documented(404, 409),
)
async def pause(sequence_id: SequenceId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Takes nobody in and nobody further; timers go on, and what is due by then is taken at the resume."""
    return await _steer(sequence_id, "paused", caller, posting, context)


@router.post(
    "/{sequence_id}/end",
    status_code=200,
    summary="End a sequence",
    response_model=SequenceView,
    responses=documented(404, 409),
)
async def end(sequence_id: SequenceId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Ends it for good: everybody leaves, and the books of its campaigns close when what was written is settled."""
    return await _steer(sequence_id, "ended", caller, posting, context)


@router.post(
    "/{sequence_id}/enrolments",
    status_code=200,
    summary="Take contacts in",
    response_model=EnrolmentsMade,
    responses=documented(404, 409),
)
async def enrol(sequence_id: SequenceId, body: EnrolIn, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Begins a running sequence for contacts by hand, as its event would. Asking again changes nothing for those in it."""
    now = context.clock.now()

    async def work(tx: Transaction) -> EnrolmentsMade:
        made = await sequences.enrol_contacts(
            tx, workspace_id=caller.workspace_id, sequence_id=sequence_id, contact_ids=body.contact_ids, now=now
        )
        return EnrolmentsMade(items=[EnrolledView(contact_id=one, outcome=made[one]) for one in body.contact_ids])

    return await posting.answer(caller, work, status=200)


@router.get("/{sequence_id}/enrolments", summary="Who is in it?", responses=documented(404))
async def enrolments(
    sequence_id: SequenceId,
    *,
    context: ContextDep,
    caller: Reader,
    state: Annotated[Literal["waiting", "done", "left"] | None, Query(description="Only in this state")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EnrolmentView]:
    """Every contact's way through it, the latest first, with the next step and when it is taken."""
    filters: dict[str, Any] = {"list": "enrolments", "sequence": sequence_id, "state": state}
    rows = await sequences.list_enrolments(
        context,
        workspace_id=caller.workspace_id,
        sequence_id=sequence_id,
        before=read_id_cursor(cursor, filters=filters),
        limit=limit + 1,
        state=state,
    )

    def shape(row: Row) -> EnrolmentView:
        return EnrolmentView(**{name: row[name] for name in EnrolmentView.model_fields})

    return Page(**page_of(list(rows), limit=limit, shape=shape, key=lambda row: str(row["id"]), filters=filters))
