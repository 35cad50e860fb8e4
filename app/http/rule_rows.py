"""How does a workspace tighten the rules? Rows of its own: hours, closed days and emergency bans, by region."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, ConfigDict, Field, JsonValue, PlainValidator, TypeAdapter, WithJsonSchema

from app.domain.errors import InvalidField
from app.domain.message import Channel
from app.domain.own_rows import CLOSED_DAY, EMERGENCY_BAN, OwnRow, midnight
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import RuleRowId
from app.http.problems import documented
from app.http.regions import Region
from app.http.shapes import Instant, Name, Page, Shape, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.rule_rows import add_rule_rows, list_rule_rows, remove_rule_row

router = APIRouter(prefix="/rules/rows", tags=["rules"])

MOST_AT_ONCE = 100
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
Kind = Literal["hours", "closed_day", "emergency_ban"]
TechnologyWord = Literal["text", "live", "recorded", "ai_voice"]


def _read_moment(value: Any) -> date | datetime:
    """A day, or an instant. Raises ValueError for anything else, and for years nobody plans for."""
    if not isinstance(value, str) or not _DAY.match(value):
        return _INSTANT.validate_python(value)
    day = date.fromisoformat(value)
    if not 2000 <= day.year < 2200:
        raise ValueError("days must lie between the years 2000 and 2199")
    return day


Moment = Annotated[
    date | datetime,
    PlainValidator(_read_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]
HoursText = Annotated[
    str, Field(max_length=80, description='"09:00-20:00", "10:00-13:00 14:00-20:00", or "" for closed', examples=["09:00-20:00"])
]


def _each_channel_once(channels: list[Channel]) -> list[Channel]:
    return sorted(set(channels))


Channels = Annotated[list[Channel], Field(min_length=1, max_length=8), AfterValidator(_each_channel_once)]
_ROW: dict[str, JsonValue] = {
    "kind": "closed_day",
    "region": "US-LA",
    "source": "Proclamation of the governor of 2026-11-20",
    "valid_from": "2026-11-27",
}
_HOURS: dict[str, JsonValue] = {
    "kind": "hours",
    "region": "US-TX",
    "channels": ["sms", "mms"],
    "terms": {"default": "10:00-19:00", "sunday": ""},
    "source": "our own promise to Texan customers",
    "valid_from": "2026-12-01",
    "valid_to": "2027-02-01",
}
_BAN: dict[str, JsonValue] = {
    "kind": "emergency_ban",
    "region": "US-NY",
    "source": "Executive order 58",
    "valid_from": "2026-11-24T18:00:00Z",
    "valid_to": "2026-12-24T18:00:00Z",
}
_VIEWED: dict[str, JsonValue] = {
    **_ROW,
    "id": "rul_01jdd00000e008000000000001",
    "channels": ["mms", "rcs", "sms", "voice"],
    "terms": {},
    "valid_to": "2026-11-28",
    "created_at": "2026-11-25T10:00:00Z",
}


class TermsShape(Shape):
    """The hours of a row, local to the recipient: what the law leaves open is open only within them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOURS["terms"]]})

    default: HoursText | None = Field(default=None, description="The days not named here; left out, those are not narrowed")
    monday: HoursText | None = None
    tuesday: HoursText | None = None
    wednesday: HoursText | None = None
    thursday: HoursText | None = None
    friday: HoursText | None = None
    saturday: HoursText | None = None
    sunday: HoursText | None = None
    holidays: Annotated[str, Field(min_length=2, max_length=20)] | None = Field(
        default=None, description="A calendar on whose holidays it is closed", examples=["US-LA"]
    )
    technologies: Annotated[list[TechnologyWord], Field(min_length=1, max_length=4)] | None = Field(
        default=None, description="Only for these; left out, for any"
    )


class RuleRowIn(Shape):
    """One row to add."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROW, _HOURS, _BAN]})

    kind: Kind
    region: Region
    channels: Channels | None = Field(default=None, description="Left out: every channel")
    terms: TermsShape | None = Field(default=None, description="For `hours` only")
    source: Name = Field(description="The law, order or promise it stands on: told with every objection")
    valid_from: Moment | None = Field(
        default=None, description="The first local day of hours and closed days, the instant of a ban; left out, from now on"
    )
    valid_to: Moment | None = Field(
        default=None, description="The first day or instant it no longer holds; left out, a closed day is one day, others stay"
    )

    def row(self, index: int, now: datetime) -> OwnRow:
        """As the domain has it. Raises InvalidField for a day where an instant is asked for, or the other way round."""
        start, end = (self._instant(index, name) for name in ("valid_from", "valid_to"))
        if self.kind == CLOSED_DAY and start is None:
            raise InvalidField("name the day", pointer=f"/body/rows/{index}/valid_from", code="missing")
        if start is None:
            start = now if self.kind == EMERGENCY_BAN else midnight(now.date())
        if end is None and self.kind == CLOSED_DAY:
            end = midnight(start.date(), after=1)
        return OwnRow(
            kind=self.kind,
            region=self.region,
            channels=frozenset(self.channels or Channel),
            terms=self.terms.model_dump(exclude_none=True) if self.terms else {},
            source=self.source,
            valid_from=start,
            valid_to=end,
        )

    def _instant(self, index: int, name: str) -> datetime | None:
        value: date | datetime | None = getattr(self, name)
        if value is None or isinstance(value, datetime) == (self.kind == EMERGENCY_BAN):
            return value if value is None or isinstance(value, datetime) else midnight(value)
        wanted = "an instant, such as 2026-11-24T18:00:00Z" if self.kind == EMERGENCY_BAN else "a local day, such as 2026-11-27"
        raise InvalidField(f"{self.kind} wants {wanted}", pointer=f"/body/rows/{index}/{name}", code="wrong_kind_of_time")


class RuleRowsIn(Shape):
    """Rows to add: all of them, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": [_ROW, _HOURS, _BAN]}]})

    rows: Annotated[list[RuleRowIn], Field(min_length=1, max_length=MOST_AT_ONCE)]


class RuleRowView(View):
    """One row of the workspace's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VIEWED]})

    id: RuleRowId
    kind: Kind
    region: str
    channels: list[Channel]
    terms: dict[str, Any] = Field(description="The hours of a row of hours; empty for the others")
    source: str
    valid_from: date | datetime
    valid_to: date | datetime | None = Field(description="The first day or instant it no longer holds; null is never")
    created_at: Instant


class RuleRowsView(View):
    """The rows that were added."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": [_VIEWED]}]})

    rows: list[RuleRowView]


def _view(row: Row) -> RuleRowView:
    def moment(value: datetime | None) -> date | datetime | None:
        return value if value is None or row["kind"] == EMERGENCY_BAN else value.astimezone(UTC).date()

    start = moment(row["valid_from"])
    assert start is not None
    return RuleRowView(
        id=row["id"],
        kind=row["kind"],
        region=row["region"],
        channels=row["channels"],
        terms=row["terms"],
        source=row["source"],
        valid_from=start,
        valid_to=moment(row["valid_to"]),
        created_at=row["created_at"],
    )


@router.post("", status_code=201, summary="Add rule rows", response_model=RuleRowsView, responses=documented(409))
async def add(
    body: RuleRowsIn, caller: Annotated[Caller, caller_with("admin")], posting: PostingDep, context: ContextDep
) -> Response:
    """Tightens the rules of this workspace: hours of its own, a day that was proclaimed a holiday, a ban for an emergency.

    The rows hold from the next decision on, for messages that wait already too, and never open what a law keeps closed. All are
    added or none: a row that cannot be lived by, or overlaps another of its kind, region, channel and time, is named.
    """
    now = context.clock.now()
    rows = [row.row(index, now) for index, row in enumerate(body.rows)]

    async def work(tx: Transaction) -> RuleRowsView:
        added = await add_rule_rows(tx, workspace_id=caller.workspace_id, rows=rows, now=now)
        return RuleRowsView(rows=[_view(row) for row in added])

    return await posting.answer(caller, work)


@router.get("", summary="List the workspace's rule rows", responses=documented())
async def list_all(
    *,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("decisions:read")],
    kind: Annotated[Kind | None, Query(description="Only rows of this kind")] = None,
    region: Annotated[Region | None, Query(description="Only rows of exactly this region")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RuleRowView]:
    """The rows this workspace added, newest first, those that are over too. `GET /v1/rules` has the law's."""
    filters = {"list": "rule_rows", "kind": kind, "region": region}
    before = read_id_cursor(cursor, filters=filters)
    found = await list_rule_rows(
        context, workspace_id=caller.workspace_id, before=before, limit=limit + 1, kind=kind, region=region
    )
    return Page(**page_of(list(found), limit=limit, shape=_view, key=lambda row: str(row["id"]), filters=filters))


@router.delete("/{row_id}", status_code=204, summary="Take a rule row away", responses=documented(404))
async def remove(row_id: RuleRowId, context: ContextDep, caller: Annotated[Caller, caller_with("admin")]) -> None:
    """From the next decision on it no longer holds. Decisions made under it keep it as their reason."""
    await remove_rule_row(context, workspace_id=caller.workspace_id, row_id=row_id)
