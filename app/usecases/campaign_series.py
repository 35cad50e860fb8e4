"""How does a campaign come round? A series copies its pattern at each turn of a rhythm, launches it, and waits for the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.clock import new_id
from app.domain.errors import InvalidField, NotFound, WrongState
from app.domain.lifecycle import CampaignState
from app.domain.recurrence import Rhythm, read_rhythm, rhythm_json
from app.domain.zones import load_zone
from app.storage import series
from app.storage.database import Row, Transaction
from app.usecases.campaigns import found_campaign
from app.usecases.context import Context
from app.usecases.launch_campaign import launch_campaign

_log = structlog.get_logger()
_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeries:
    """A series to begin. `campaign_id` is the draft each turn copies; `valid_for` seconds after a turn nothing of it leaves."""

    name: str
    campaign_id: UUID
    rhythm: Rhythm
    valid_for: int
    until: datetime | None


async def create_series(tx: Transaction, *, workspace_id: UUID, new: NewSeries, now: datetime) -> Row:
    """Begin a series. Raises NotFound without the draft, WrongState when it is none, InvalidField when no turn would come."""
    pattern = await found_campaign(tx, workspace_id=workspace_id, campaign_id=new.campaign_id)
    if pattern["state"] != CampaignState.DRAFT:
        raise WrongState(f"a {pattern['state']} campaign is no pattern; make a draft for it")
    if pattern["joins_until"] is not None:
        detail = "its joins_until is one instant, and the series has many turns: take it away"
        raise InvalidField(detail, pointer="/body/campaign_id", code="joins_until")
    next_at = new.rhythm.after(now)
    if next_at is None or (new.until is not None and next_at >= new.until):
        raise InvalidField("no turn comes before the end", pointer="/body/until", code="too_early")
    series_id = new_id()
    columns = {
        "name": new.name,
        "campaign_id": new.campaign_id,
        "rhythm": rhythm_json(new.rhythm),
        "valid_for_seconds": new.valid_for,
        "until": new.until,
        "next_at": next_at,
    }
    await series.add_series(tx, workspace_id=workspace_id, series_id=series_id, columns=columns, now=now)
    return await _found(tx, workspace_id, series_id)


async def _found(tx: Transaction, workspace_id: UUID, series_id: UUID) -> Row:
    row = await series.find_series(tx, workspace_id=workspace_id, series_id=series_id)
    if row is None:
        raise NotFound("no such series", pointer="/path/series_id")
    return row


async def read_series(context: Context, *, workspace_id: UUID, series_id: UUID) -> Row:
    """One series. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _found(tx, workspace_id, series_id)


async def list_series(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Series, newest first."""
    async with context.db.transaction() as tx:
        return await series.list_series(tx, workspace_id=workspace_id, before=before, limit=limit)


async def steer_series(tx: Transaction, *, workspace_id: UUID, series_id: UUID, to: str, now: datetime) -> Row:
    """Pause, resume ("running") or end a series; campaigns it launched go on. Raises NotFound and WrongState.

    A resumed series waits for its next turn: those that passed meanwhile are gone.
    """
    held = await _found(tx, workspace_id, series_id)
    out_of = {"paused": ("running",), "running": ("paused",), "ended": ("running", "paused")}[to]
    changes: dict[str, object] = {"state": to}
    if to == "running":
        changes |= {"next_at": read_rhythm(held["rhythm"]).after(now), "problem": ""}
    row = await series.write_series(tx, workspace_id=workspace_id, series_id=series_id, out_of=out_of, changes=changes, now=now)
    if row is None:
        raise WrongState(f"a series that is {held['state']} cannot become {to}")
    return row


async def launch_series(context: Context) -> int:
    """Launch the campaign of every series whose turn has come; how many.

    Each turn has one campaign, however often this runs. A turn that is over (the service slept) is left out, and a pattern that
    cannot be sent any more pauses its series with the reason.
    """
    launched = 0
    for _ in range(_AT_ONCE):
        now = context.clock.now()
        due: Sequence[Row] = ()
        try:
            async with context.db.transaction() as tx:
                due = await series.due_series(tx, now=now, limit=1)
                if not due:
                    break
                launched += await _turn(tx, context, due[0], now)
        except (InvalidField, NotFound, WrongState) as refused:
            await _pause(context, due[0], problem=str(refused), now=now)
    return launched


async def _pause(context: Context, row: Row, *, problem: str, now: datetime) -> None:
    _log.warning("series.paused", series=str(row["id"]), problem=problem)
    ids = {"workspace_id": row["workspace_id"], "series_id": row["id"]}
    async with context.db.transaction() as tx:
        changes = {"state": "paused", "problem": problem}
        await series.write_series(tx, **ids, out_of=("running",), changes=changes, now=now)


async def _turn(tx: Transaction, context: Context, row: Row, now: datetime) -> bool:
    turn, rhythm = row["next_at"], read_rhythm(row["rhythm"])
    not_after = turn + timedelta(seconds=row["valid_for_seconds"])
    done = False
    if now < not_after:
        done = await _copy(tx, context, row, turn.astimezone(load_zone(rhythm.zone)), not_after, now)
    else:
        _log.warning("series.turn_missed", series=str(row["id"]), turn=turn.isoformat())
    following = rhythm.after(max(turn, now))
    over = following is None or (row["until"] is not None and following >= row["until"])
    changes = {"next_at": None if over else following, "state": "ended" if over else "running"}
    ids = {"workspace_id": row["workspace_id"], "series_id": row["id"]}
    await series.write_series(tx, **ids, out_of=("running",), changes=changes, now=now)
    return done


async def _copy(tx: Transaction, context: Context, row: Row, local: datetime, not_after: datetime, now: datetime) -> bool:
    campaign_id = new_id()
    label = local.date().isoformat()
    if not await series.copy_pattern(tx, row, campaign_id=campaign_id, label=label, day=local, not_after=not_after, now=now):
        return False
    await launch_campaign(tx, context, workspace_id=row["workspace_id"], campaign_id=campaign_id, now=now)
    return True
