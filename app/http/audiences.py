"""What can be done with audiences? Write rules, list them, see who is in one, explain one contact."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, WithJsonSchema

from app.domain.audience.kind import all_kinds
from app.domain.audience.reading import parse_rule
from app.domain.audience.text import rule_text
from app.domain.audience.tokens import LONGEST
from app.domain.audience.trace import Trace
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import AudienceId, ContactId
from app.http.problems import documented
from app.http.shapes import IfGiven, Instant, Name, Page, Shape, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.audiences import (
    Membership,
    change_audience,
    create_audience,
    explain_audience,
    list_audiences,
    preview_audience,
    read_audience,
)
from app.usecases.authenticate import Caller
from app.usecases.ready_audiences import ready_audiences

router = APIRouter(prefix="/audiences", tags=["audiences"])

_RULE: dict[str, Any] = {
    "all": [
        {"country": ["US", "CA"]},
        {"tag": "vip"},
        {"any": [{"attribute": "visits", "op": "gte", "value": 3}, {"not": {"attribute": "city", "op": "exists"}}]},
    ]
}
_LEAVES = "\n".join(f"- `{name}`: {kind.says}" for name, kind in sorted(all_kinds().items()))
_DESCRIPTION = f"""A tree: `{{}}` is everyone; `all`, `any` take lists of nodes, `not` a node, `include` with `exclude` two.
At most 8 levels and 100 nodes, 500 with the audiences it names. The leaves, each with its fields beside it:

{_LEAVES}

What is missing makes a leaf false, `ne` too; across types every comparison is false. Bounds are eq, gte, gt, lte, lt."""
_TEXT = "country (US, CA) and tag vip and (attribute visits >= 3 or not attribute city exists)"
_TEXT_DESCRIPTION = (
    "The same rule as a text: leaves joined by `and`, `or`, `not`, `except` and parentheses; `everyone`, `nobody`. A leaf is its "
    "name, its value and its other fields, such as `event purchase count >= 2 last 90 days`, `age >= 18`, "
    "`not engagement messaged last 7 days`. A text with spaces or signs stands in double quotes, a list in parentheses"
)
Rule = Annotated[
    dict[str, Any],
    WithJsonSchema({"type": "object", "description": _DESCRIPTION, "examples": [_RULE], "additionalProperties": True}),
]


_AUDIENCE: dict[str, Any] = {
    "id": "aud_01jdd00000e008000000000001",
    "name": "North American regulars",
    "rule": _RULE,
    "text": _TEXT,
    "created_at": "2026-11-23T10:00:00Z",
    "updated_at": "2026-11-23T10:00:00Z",
}
_MEMBERSHIP: dict[str, Any] = {
    "count": 4,
    "by_country": {"US": 3, "CA": 1},
    "by_channel": {"rcs": 1, "sms": 3},
    "sample": [
        {
            "id": "con_01jdd00000e008000000000001",
            "phone": "+12125550142",
            "country": "US",
            "attributes": {"visits": 5},
            "tags": ["vip"],
            "locale": "en-US",
        }
    ],
}
_TRACE: dict[str, Any] = {
    "kind": "all",
    "matched": False,
    "asks": None,
    "actual": None,
    "parts": [{"kind": "tag", "matched": False, "asks": {"tag": "vip"}, "actual": ["new"], "parts": []}],
}


RuleText = Annotated[str, Field(min_length=1, max_length=LONGEST, description=_TEXT_DESCRIPTION, examples=[_TEXT])]


class AudienceIn(Shape):
    """A rule over contacts, as a tree or as a text."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "North American regulars", "rule": _RULE}, {"name": "Regulars in words", "text": _TEXT}]
        }
    )

    name: Name
    rule: Rule | None = None
    text: RuleText | None = None


class AudiencePatch(Shape):
    """What to change. Fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rule": {"country": "US"}}]})

    name: IfGiven[Name] = None
    rule: IfGiven[Rule] = None
    text: IfGiven[RuleText] = None


class AudienceView(View):
    """A rule over contacts."""

    model_config = ConfigDict(json_schema_extra={"examples": [_AUDIENCE]})

    id: AudienceId
    name: str
    rule: Rule
    text: str = Field(description="The rule in words")
    created_at: Instant
    updated_at: Instant


class Member(View):
    """A contact an audience holds."""

    id: ContactId
    phone: str
    country: str
    attributes: dict[str, Any]
    tags: list[str]
    locale: str | None


class MembershipView(View):
    """Who is in the audience at this moment."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MEMBERSHIP]})

    count: int
    by_country: dict[str, int] = Field(
        description='Keyed by ISO 3166 alpha-2, "" where none is known', examples=[{"US": 3, "CA": 1}]
    )
    by_channel: dict[str, int] = Field(
        description="Members who agreed to marketing on a channel and are not suppressed there; hours and caps are not looked at",
        examples=[{"rcs": 1, "sms": 3}],
    )
    sample: list[Member] = Field(description="The ten made last")


AsOf = Annotated[
    Instant | None,
    Field(
        description=(
            "Attributes, tags, events and messages as they were then, up to a year back; now when left out. Consents, places "
            "and birth dates are those of now, and who was merged since is left out"
        )
    ),
]


class PreviewIn(Shape):
    """When to look."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"as_of": "2026-11-01T00:00:00Z"}]})

    as_of: AsOf = None


class ExplainIn(Shape):
    """Whom to explain."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contact_id": "con_01jdd00000e008000000000001"}]})

    contact_id: ContactId
    as_of: AsOf = None


class TraceView(View):
    """One node of the rule and what it answered."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TRACE]})

    kind: str = Field(description="all, any, not, except, or the name of a leaf")
    matched: bool
    asks: dict[str, Any] | None = Field(description="The leaf as it is read; null of what combines others")
    actual: Any = Field(description="What the contact has there")
    parts: list["TraceView"] = Field(description="What it combines; of another audience its rule")


def _view(row: Row) -> AudienceView:
    kept = {name: row[name] for name in AudienceView.model_fields if name != "text"}
    return AudienceView(**kept, text=rule_text(parse_rule(row["rule"])))


def _membership_view(found: Membership) -> MembershipView:
    return MembershipView(
        count=found.count,
        by_country=found.by_country,
        by_channel=found.by_channel,
        sample=[
            Member(
                id=row["id"],
                phone=row["phone"],
                country=row["region"],
                attributes=row["attributes"],
                tags=row["tags"],
                locale=row["locale"],
            )
            for row in found.sample
        ],
    )


def _trace_view(trace: Trace) -> TraceView:
    return TraceView(
        kind=trace.kind,
        matched=trace.matched,
        asks=trace.asks,
        actual=trace.actual,
        parts=[_trace_view(part) for part in trace.parts],
    )


@router.post("", status_code=201, summary="Write an audience", response_model=AudienceView, responses=documented(409))
async def create(
    body: AudienceIn, caller: Annotated[Caller, caller_with("audiences:write")], posting: PostingDep, context: ContextDep
) -> Response:
    """Keeps a rule. A fault in it is named by a pointer to its node, such as `/body/rule/all/1/op`, or by line and column."""
    now = context.clock.now()

    async def work(tx: Transaction) -> AudienceView:
        made = await create_audience(
            tx, context, workspace_id=caller.workspace_id, name=body.name, rule=body.rule, text=body.text, now=now
        )
        return _view(made)

    return await posting.answer(caller, work)


@router.get("", summary="List audiences", responses=documented())
async def list_(
    context: ContextDep, caller: Annotated[Caller, caller_with("audiences:read")], limit: Limit = 50, cursor: Cursor = None
) -> Page[AudienceView]:
    """Every audience of the workspace, newest first."""
    filters: dict[str, Any] = {"list": "audiences"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_audiences(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(list(rows), limit=limit, shape=_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{audience_id}", summary="Get an audience", responses=documented(404))
async def get(
    audience_id: AudienceId, context: ContextDep, caller: Annotated[Caller, caller_with("audiences:read")]
) -> AudienceView:
    """One audience: its name, and its rule as it was given."""
    return _view(await read_audience(context, workspace_id=caller.workspace_id, audience_id=audience_id))


@router.patch("/{audience_id}", summary="Change an audience", responses=documented(404, 409))
async def patch(
    audience_id: AudienceId,
    body: AudiencePatch,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("audiences:write")],
) -> AudienceView:
    """Changes name or rule. Campaigns that were launched keep the rule they were launched with."""
    row = await change_audience(
        context,
        workspace_id=caller.workspace_id,
        audience_id=audience_id,
        name=body.name,
        rule=body.rule,
        text=body.text,
        now=context.clock.now(),
    )
    return _view(row)


@router.post(
    "/{audience_id}/preview",
    status_code=200,
    summary="Who is in this audience?",
    response_model=MembershipView,
    responses=documented(404, 409),
)
async def preview(
    audience_id: AudienceId,
    body: PreviewIn,
    caller: Annotated[Caller, caller_with("audiences:read")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Counts the members as they are, or were at `as_of`, by country and by the channels they can be reached on, with a sample.

    Whether each may be sent something at an instant is decided by a campaign's preflight.
    """
    await ready_audiences(context.db)

    ids = {"workspace_id": caller.workspace_id, "audience_id": audience_id}
    now = context.clock.now()

    async def work(tx: Transaction) -> MembershipView:
        return _membership_view(await preview_audience(tx, context, **ids, as_of=body.as_of, now=now))

    return await posting.answer(caller, work, status=200)


@router.post(
    "/{audience_id}/explain",
    status_code=200,
    summary="Why is this contact in, or not?",
    response_model=TraceView,
    responses=documented(404, 409),
)
async def explain(
    audience_id: AudienceId,
    body: ExplainIn,
    caller: Annotated[Caller, caller_with("audiences:read")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """The rule's tree with what every node answers for one contact, and what the contact holds there."""
    ids = {"workspace_id": caller.workspace_id, "audience_id": audience_id, "contact_id": body.contact_id}
    now = context.clock.now()

    async def work(tx: Transaction) -> TraceView:
        return _trace_view(await explain_audience(tx, **ids, as_of=body.as_of, now=now))

    return await posting.answer(caller, work, status=200)
