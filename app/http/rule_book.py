"""Which rules are there, for this workspace? The whole book: every rule with its codes, every row with its source and dates."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, JsonValue

from app.domain.errors import InvalidField
from app.domain.message import Channel
from app.http.deps import ContextDep, Cursor, Limit, caller_with
from app.http.problems import documented
from app.http.regions import Region
from app.http.shapes import Page, View, page_of, read_cursor
from app.usecases.authenticate import Caller
from app.usecases.read_rule_book import Listed, Wanted, place_of, read_rule_book

router = APIRouter(tags=["rules"])

EntryKind = Literal[
    "rule",
    "hours",
    "cap",
    "consent",
    "consent_age",
    "content",
    "prohibited",
    "age",
    "registry",
    "opt_out_deadline",
    "retention",
    "closed_day",
    "emergency_ban",
]
Confidence = Literal["certain", "likely", "verify"]
Family = Annotated[str, Field(min_length=1, max_length=40, pattern="^[a-z_]+$", examples=["time"])]
_EXAMPLE: dict[str, JsonValue] = {
    "rule": "time.quiet.us.ky",
    "id": "us.ky",
    "kind": "hours",
    "family": "time",
    "codes": ["time.quiet.us.ky"],
    "regions": ["US-KY"],
    "channels": ["mms", "rcs", "sms", "voice"],
    "technologies": [],
    "terms": {"week": [{"hours": ["10:00-21:00"], "code": "time.quiet.us.ky", "also": []}]},
    "source": "KRS 367.46955",
    "confidence": "likely",
    "valid_from": None,
    "valid_to": None,
    "on": True,
    "own": False,
}
_KEPT: dict[str, JsonValue] = {
    "rule": "",
    "id": "retention.message_texts",
    "kind": "retention",
    "family": "retention",
    "codes": [],
    "regions": [],
    "channels": ["mms", "rcs", "sms", "voice"],
    "technologies": [],
    "terms": {
        "what": "message_texts",
        "days": 1825,
        "least_days": 1,
        "then": "the text is emptied; the message, its state and times stay",
    },
    "source": "16 CFR 310.5(a)-(b): copies of what was sent, five years; 28 U.S.C. 1658: suits within four",
    "confidence": "certain",
    "valid_from": "2024-10-15",
    "valid_to": None,
    "on": True,
    "own": False,
}


class EntryView(View):
    """One rule, one row that rules go by, or how long one kind of data is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE, _KEPT]})

    rule: str = Field(description="The rule's code, or the first a row leads to; empty for a row that leads to none")
    id: str
    kind: EntryKind
    family: str = Field(description="The first word of its codes; `retention` for how long something is kept")
    codes: list[str] = Field(description="All that decisions may carry because of it; none where it decides nothing")
    regions: list[str] = Field(description="Where it binds; empty is everywhere")
    channels: list[Channel]
    technologies: list[str] = Field(description="What it is limited to; empty is any")
    terms: dict[str, Any] = Field(
        description="What it says: hours, measures, kinds of consent, elements of a text; of `retention` the days (null is for "
        "ever), the least a workspace may choose by `policy.retention`, and what becomes of it then"
    )
    source: str = Field(description="The law or policy it stands on")
    confidence: Confidence = Field(description="`verify` in a market where all rows are: off until the workspace switches it on")
    valid_from: date | datetime | None
    valid_to: date | datetime | None = Field(description="The first day, or instant, it is no longer in force")
    on: bool = Field(description="Whether it counts for this workspace: its market is open, and the profile has it")
    own: bool = Field(description="Whether this workspace wrote it for itself")


def _view(listed: Listed) -> EntryView:
    entry = listed.entry
    return EntryView(
        rule=entry.codes[0] if entry.kind != "rule" and entry.codes else entry.id if entry.kind == "rule" else "",
        id=entry.id,
        kind=entry.kind,
        family=entry.family,
        codes=list(entry.codes),
        regions=list(entry.regions),
        channels=sorted(entry.channels),
        technologies=list(entry.technologies),
        terms=dict(entry.terms),
        source=entry.source,
        confidence=entry.confidence,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        on=listed.on,
        own=entry.own,
    )


@router.get("/rules", summary="The book of rules", responses=documented())
async def list_rules(
    *,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("decisions:read")],
    region: Annotated[Region | None, Query(description="Rows that bind there, or in a part of it")] = None,
    family: Annotated[Family | None, Query(description="The first word of a code: time, consent, cap ...; or retention")] = None,
    kind: Annotated[EntryKind | None, Query(description="Rules, or one kind of rows")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EntryView]:
    """Every rule a decision asks, in the order they are heard, then every row they go by, the workspace's own last.

    Among the rows is how long each kind of data is kept, which decides about no message. Each says on what law or policy it
    stands, how sure that is, from when to when it holds, and whether it counts for this workspace.
    """
    filters = {"list": "rules", "region": region, "family": family, "kind": kind}
    after = read_cursor(cursor, filters=filters)
    found = await read_rule_book(
        context,
        workspace_id=caller.workspace_id,
        wanted=Wanted(kind=kind, family=family, region=region),
        after=after,
        limit=limit + 1,
        now=context.clock.now(),
    )
    if found is None:
        raise InvalidField("what the page ended with is gone", pointer="/query/cursor", code="stale_cursor")
    return Page(**page_of(found, limit=limit, shape=_view, key=place_of, filters=filters))
