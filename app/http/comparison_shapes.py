"""How does what was foreseen look beside what happened?"""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from app.domain.lifecycle import CampaignState
from app.http.ids import CampaignId, PreflightId
from app.http.shapes import View
from app.storage.database import Row
from app.usecases.read_preflights import Comparison

_COMPARISON: dict[str, Any] = {
    "preflight_id": "pfl_01jdd00000e008000000000001",
    "campaign_id": "cmp_01jdd00000e008000000000001",
    "campaign_state": "completed",
    "launched_at": "2026-11-24T03:30:00Z",
    "waiting": 0,
    "members": {"foreseen": 1000, "happened": 1000},
    "handed_over": {"foreseen": 937, "happened": 930},
    "parts": {"foreseen": 981, "happened": 974},
    "reasons": [
        {"reason": "consent.missing", "foreseen": 60, "happened": 60},
        {"reason": "suppress.opt_out.text", "foreseen": 0, "happened": 7},
    ],
    "states": {"delivered": 925, "failed": 3, "suppressed": 67, "undelivered": 5},
    "finishes_at": {"foreseen": "2026-11-24T16:01:00Z", "happened": "2026-11-24T16:02:10Z"},
}


class Compared(View):
    """A count, foreseen and as it is now."""

    foreseen: int
    happened: int


class ComparedReason(Compared):
    """Messages that never went for one reason."""

    reason: str


class ComparedInstant(View):
    """An instant, foreseen and as it was."""

    foreseen: datetime | None
    happened: datetime | None


class ComparisonView(View):
    """What was foreseen beside what happened; while messages still wait, it is not the end of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_COMPARISON]})

    preflight_id: PreflightId
    campaign_id: CampaignId
    campaign_state: CampaignState
    launched_at: datetime | None
    waiting: int = Field(description="Messages that have not gone yet")
    members: Compared
    handed_over: Compared
    parts: Compared
    reasons: list[ComparedReason] = Field(description="Why the others never went, most first")
    states: dict[str, int] = Field(description="Messages by state, as they are now")
    finishes_at: ComparedInstant = Field(description="When the last one goes, and when the last one so far went")


def comparison_view(found: Comparison, row: Row) -> ComparisonView:
    """A comparison of a job with its campaign."""

    def pair(counts: tuple[int, int]) -> Compared:
        return Compared(foreseen=counts[0], happened=counts[1])

    return ComparisonView(
        preflight_id=row["preflight_id"],
        campaign_id=row["campaign_id"],
        campaign_state=CampaignState(found.campaign_state),
        launched_at=found.launched_at,
        waiting=found.waiting,
        members=pair(found.members),
        handed_over=pair(found.handed_over),
        parts=pair(found.parts),
        reasons=[ComparedReason(reason=reason, foreseen=was, happened=now) for reason, was, now in found.reasons],
        states=found.states,
        finishes_at=ComparedInstant.model_validate(dict(zip(("foreseen", "happened"), found.finishes_at, strict=True))),
    )
