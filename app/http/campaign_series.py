"""What can be done with campaigns that come round? Begin a series from a draft, pause, resume and end it."""

from datetime import date, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, ConfigDict, Field

from app.domain.recurrence import Every, Rhythm, read_rhythm
from app.http.contacts import TimeZone
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import CampaignId, CampaignSeriesId
from app.http.problems import documented
from app.http.shapes import Instant, Name, Page, Shape, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases import campaign_series
from app.usecases.authenticate import Caller
from app.usecases.campaign_series import NewSeries

router = APIRouter(prefix="/campaign-series", tags=["campaign series"])
Writer = Annotated[Caller, caller_with("campaigns:write")]
Reader = Annotated[Caller, caller_with("campaigns:read")]

_RHYTHM: dict[str, Any] = {
    "every": "week",
    "step": 1,
    "first_on": "2026-12-01",
    "at": "10:00:00",
    "time_zone": "America/New_York",
    "weekdays": [1],
}
_EXAMPLE: dict[str, Any] = {
    "name": "Tuesday offers",
    "campaign_id": "cmp_01jdd00000e008000000000001",
    "rhythm": _RHYTHM,
    "valid_for_seconds": 36_000,
}


def _sane(day: date) -> date:
    if not 2000 <= day.year <= 2100:
        raise ValueError("give a year between 2000 and 2100")
    return day


def _whole_minute(at: time) -> time:
    if at.tzinfo is not None or at.second or at.microsecond:
        raise ValueError("give hours and minutes, without a zone")
    return at


class RhythmShape(Shape):
    """When it is time again."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RHYTHM]})

    every: Every
    step: Annotated[int, Field(ge=1, le=365, strict=True)] = Field(default=1, description="Every so many days, weeks or months")
    first_on: Annotated[date, AfterValidator(_sane)] = Field(
        description="The first day; a month without its number takes the last day"
    )
    at: Annotated[time, AfterValidator(_whole_minute)] = Field(description="On the clock of the zone", examples=["10:00:00"])
    time_zone: TimeZone
    weekdays: Annotated[list[Annotated[int, Field(ge=0, le=6, strict=True)]], Field(max_length=7)] = Field(
        default=[], description="Of a week's turn, Monday 0; the first day's if left out"
    )

    def rhythm(self) -> Rhythm:
        """As a value."""
        return Rhythm(
            every=self.every,
            step=self.step,
            first=self.first_on,
            at=self.at,
            zone=self.time_zone,
            weekdays=tuple(sorted(set(self.weekdays))),
        )


class SeriesIn(Shape):
    """A series to begin."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    campaign_id: CampaignId = Field(description="A draft: each turn launches a copy of it as it then is")
    rhythm: RhythmShape
    valid_for_seconds: Annotated[int, Field(ge=60, le=31 * 86_400, strict=True)] = Field(
        default=43_200, description="How long after its turn a message may still leave: too late means never"
    )
    until: Instant | None = Field(default=None, description="No turn at or after this instant")


class SeriesView(View):
    """A series."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_EXAMPLE,
                    "id": "cse_01jdd00000e008000000000001",
                    "state": "running",
                    "next_at": "2026-12-01T15:00:00Z",
                    "until": None,
                    "problem": "",
                    "created_at": "2026-11-23T10:00:00Z",
                    "updated_at": "2026-11-23T10:00:00Z",
                }
            ]
        }
    )

    id: CampaignSeriesId
    name: str
    state: Literal["running", "paused", "ended"]
    campaign_id: CampaignId
    rhythm: RhythmShape
    valid_for_seconds: int
    next_at: Instant | None = Field(description="The next turn")
    until: Instant | None
    problem: str = Field(description="Why it was paused, if a turn could not be launched")
    created_at: Instant
    updated_at: Instant


def _view(row: Row) -> SeriesView:
    rhythm = read_rhythm(row["rhythm"])
    shape = RhythmShape(
        every=rhythm.every,
        step=rhythm.step,
        first_on=rhythm.first,
        at=rhythm.at,
        time_zone=rhythm.zone,
        weekdays=list(rhythm.weekdays),
    )
    return SeriesView(**{name: row[name] for name in SeriesView.model_fields if name != "rhythm"}, rhythm=shape)


@router.post("", status_code=201, summary="Begin a series", response_model=SeriesView, responses=documented(404, 409))
async def create(body: SeriesIn, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Has a draft launched again and again: at each turn a copy of it, named with the day, with the audience as it then is.

    A turn that was slept through is left out. When a copy cannot be launched the series pauses and says why.
    """
    now = context.clock.now()
    new = NewSeries(
        name=body.name,
        campaign_id=body.campaign_id,
        rhythm=body.rhythm.rhythm(),
        valid_for=body.valid_for_seconds,
        until=body.until,
    )

    async def work(tx: Transaction) -> SeriesView:
        return _view(await campaign_series.create_series(tx, workspace_id=caller.workspace_id, new=new, now=now))

    return await posting.answer(caller, work)


@router.get("", summary="List series", responses=documented())
async def list_(context: ContextDep, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[SeriesView]:
    """Every series of the workspace, newest first, with its next turn."""
    filters: dict[str, Any] = {"list": "campaign_series"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await campaign_series.list_series(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(list(rows), limit=limit, shape=_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{series_id}", summary="Get a series", responses=documented(404))
async def get(series_id: CampaignSeriesId, context: ContextDep, caller: Reader) -> SeriesView:
    """One series, its rhythm and its next turn."""
    return _view(await campaign_series.read_series(context, workspace_id=caller.workspace_id, series_id=series_id))


async def _steer(series_id: CampaignSeriesId, to: str, caller: Caller, posting: PostingDep, context: ContextDep) -> Response:
    now = context.clock.now()

    async def work(tx: Transaction) -> SeriesView:
        row = await campaign_series.steer_series(tx, workspace_id=caller.workspace_id, series_id=series_id, to=to, now=now)
        return _view(row)

    return await posting.answer(caller, work, status=200)


@router.post(
    "/{series_id}/pause", status_code=200, summary="Pause a series", response_model=SeriesView, responses=documented(404, 409)
)
async def pause(series_id: CampaignSeriesId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Launches nothing until it is resumed. Campaigns of earlier turns go on."""
    return await _steer(series_id, "paused", caller, posting, context)


@router.post(
    "/{series_id}/resume", status_code=200, summary="Resume a series", response_model=SeriesView, responses=documented(404, 409)
)
async def resume(series_id: CampaignSeriesId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Goes on with its next turn; those that passed meanwhile are left out."""
    return await _steer(series_id, "running", caller, posting, context)


@router.post(
    "/{series_id}/end", status_code=200, summary="End a series", response_model=SeriesView, responses=documented(404, 409)
)
async def end(series_id: CampaignSeriesId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Ends it for good. Campaigns of earlier turns go on."""
    return await _steer(series_id, "ended", caller, posting, context)
