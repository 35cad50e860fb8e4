"""Which decisions were taken? One a message, always: by number, campaign, rule, verdict and time."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from app.domain.decision import Verdict
from app.domain.message import Channel, Origin, Purpose, State
from app.http.deps import ContextDep, Cursor, Limit, caller_with
from app.http.ids import CampaignId, ContactId, MessageId
from app.http.message_shapes import DecisionKept, StateWord
from app.http.problems import documented
from app.http.shapes import Instant, Page, Text, View, page_of, read_id_cursor
from app.storage.database import Row
from app.usecases.authenticate import Caller
from app.usecases.read_decisions import list_decisions

router = APIRouter(tags=["decisions"])

_ENTRY: dict[str, Any] = {
    "message_id": "msg_01jdd00000e008000000000001",
    "campaign_id": "cmp_01jdd00000e008000000000001",
    "contact_id": "con_01jdd00000e008000000000001",
    "to": "+12125550142",
    "channel": "sms",
    "purpose": "marketing",
    "origin": "campaign",
    "state": "suppressed",
    "reason": "consent.missing",
    "objected": ["consent.missing"],
    "decision": {
        "verdict": "never",
        "at": "2026-11-24T15:30:00Z",
        "until": None,
        "reasons": [{"rule": "consent.missing", "source": "47 CFR 64.1200(a)(2)", "detail": "none on record", "until": None}],
        "book": "5f0c1d2e3a4b",
        "zones": "2026b",
    },
}


class DecisionEntry(View):
    """One message and what was decided of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    message_id: MessageId
    campaign_id: CampaignId | None
    contact_id: ContactId | None = Field(description="null when there is none, or it is gone")
    to: str
    channel: Channel
    purpose: Purpose
    origin: Origin
    state: StateWord
    reason: str
    objected: list[str] = Field(description="Every rule that objected at any time, those of earlier decisions too")
    decision: DecisionKept


def _entry(row: Row) -> DecisionEntry:
    fields = {name: row[name] for name in DecisionEntry.model_fields if name not in {"message_id", "to", "state"}}
    return DecisionEntry(**fields, message_id=row["id"], to=row["phone"], state=State(row["state"]).word)


@router.get("/decisions", summary="The log of decisions", responses=documented())
async def log(
    context: ContextDep,
    caller: Annotated[Caller, caller_with("decisions:read")],
    *,
    phone: Annotated[Text | None, Query(max_length=100, description="Only of this number, in E.164")] = None,
    campaign_id: Annotated[CampaignId | None, Query(description="Only of this campaign")] = None,
    rule: Annotated[Text | None, Query(max_length=200, description="Only where this rule objected, now or earlier")] = None,
    verdict: Annotated[Verdict | None, Query(description="Only where the last decision was this")] = None,
    since: Annotated[Instant | None, Query(description="Decided at or after this instant")] = None,
    until: Annotated[Instant | None, Query(description="Decided before this instant")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DecisionEntry]:
    """One entry a message, newest message first: the last decision taken of it, allowed ones too, and those before that objected.

    `book` is a fingerprint of the rules that decided and `zones` the version of the time-zone data, so a decision can be
    taken again as it was.
    """
    given = {"phone": phone, "campaign_id": campaign_id, "rule": rule, "verdict": verdict, "since": since, "until": until}
    filters: dict[str, Any] = {"list": "decisions", **given}
    rows = await list_decisions(
        context.db,
        workspace_id=caller.workspace_id,
        before=read_id_cursor(cursor, filters=filters),
        limit=limit + 1,
        phone=phone,
        campaign_id=campaign_id,
        rule=rule,
        verdict=verdict,
        since=since,
        until=until,
    )
    return Page(**page_of(list(rows), limit=limit, shape=_entry, key=lambda row: str(row["id"]), filters=filters))
