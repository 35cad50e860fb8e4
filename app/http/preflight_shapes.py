"""How do a preflight and its report look from outside?"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.domain.decision import Verdict
from app.domain.message import Channel
from app.http.decisions import ReasonView
from app.http.ids import CampaignId, ContactId, PreflightId
from app.http.shapes import Instant, Shape, View
from app.storage.database import Row

_REASON: dict[str, Any] = {
    "rule": "time.quiet.us.federal",
    "source": "47 CFR 64.1200(c)(1)",
    "detail": "22:30 in America/New_York; open 08:00 to 21:00",
    "until": "2026-11-24T13:00:00Z",
}
_CONTACT = "con_01jdd00000e008000000000001"
_REPORT: dict[str, Any] = {
    "id": "pfl_01jdd00000e008000000000001",
    "at": "2026-11-24T03:30:00Z",
    "audience": 1000,
    "verdicts": {"allow": 0, "wait": 940, "never": 60},
    "reasons": [
        {"verdict": "never", "reason": "consent.missing", "members": 60},
        {"verdict": "never", "reason": "content.missing_field", "members": 3},
        {"verdict": "wait", "reason": "time.quiet.us.federal", "members": 940},
    ],
    "ways": [
        {
            "channel": "sms",
            "members": 1000,
            "verdicts": {"allow": 0, "wait": 940, "never": 60},
            "passed_on": {},
            "parts_per_second": 10.0,
        }
    ],
    "objections": [
        {
            "rule": "time.quiet.us.federal",
            "source": "47 CFR 64.1200(c)(1)",
            "members": 940,
            "sample": [
                {
                    "contact_id": _CONTACT,
                    "phone": "+12125550142",
                    "verdict": "wait",
                    "detail": "22:30 in America/New_York; open 08:00 to 21:00",
                    "until": "2026-11-24T13:00:00Z",
                }
            ],
        }
    ],
    "waits_from": "2026-11-24T13:00:00Z",
    "waits_until": "2026-11-24T16:00:00Z",
    "deferred": [{"hour": "2026-11-24T13:00:00Z", "members": 937, "parts": 981}],
    "awaiting": [],
    "content": {
        "sampled": 1000,
        "missing": {"order": 3},
        "without": {"first_name": 12},
        "incomplete": 3,
        "empty": 0,
        "too_long": 0,
        "advised": {"opt_out": 1000},
        "selling": {},
        "parts_min": 1,
        "parts_typical": 1,
        "parts_max": 2,
        "parts_total": 981,
    },
    "parts": [
        {
            "country": "US",
            "encoding": "gsm7",
            "messages": 937,
            "parts": 981,
            "cost": {"amount": "7.7499", "currency": "USD"},
        }
    ],
    "costs": [{"amount": "7.7499", "currency": "USD"}],
    "unpriced_parts": 0,
    "too_late": {"not_after": "2026-11-24T20:00:00Z", "by_rule": 0, "by_rate": 0},
    "forecast": {
        "starts_at": "2026-11-24T03:30:00Z",
        "parts_per_second": 10.0,
        "parts": 981,
        "finishes_at": "2026-11-24T16:01:00Z",
        "unreached": 0,
    },
    "sample": [
        {
            "contact_id": _CONTACT,
            "phone": "+12125550142",
            "verdict": "wait",
            "until": "2026-11-24T13:00:00Z",
            "reasons": [_REASON],
        }
    ],
}
_JOB: dict[str, Any] = {
    "id": "pfl_01jdd00000e008000000000001",
    "campaign_id": "cmp_01jdd00000e008000000000001",
    "state": "running",
    "at": "2026-11-24T03:30:00Z",
    "done_members": 120_000,
    "total_members": 400_000,
    "progress": 0.3,
    "error": None,
    "created_at": "2026-11-24T03:30:00Z",
    "finished_at": None,
}
JobState = Literal["queued", "running", "completed", "failed", "cancelled"]


class PreflightIn(Shape):
    """For which instant, and whether to wait for the answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "2026-11-27T15:00:00Z"}]})

    at: Instant | None = Field(default=None, description="When it is scheduled, or else now, if left out")
    wait: Annotated[bool, Field(strict=True, description="false takes a job even for a small audience")] = True


class SampleView(View):
    """One member a rule objects to."""

    contact_id: ContactId
    phone: str
    verdict: Verdict
    detail: str
    until: datetime | None


class ObjectionView(View):
    """One rule, how many members it objects to, and some of them."""

    rule: str
    source: str
    members: int
    sample: list[SampleView]


class ForeseenReason(View):
    """Why members would close without having gone, or be held back at first."""

    verdict: Verdict
    reason: str
    members: int


class WayView(View):
    """One of the campaign's ways: its own first, then those it falls back to. Carriers' failures are not foreseen."""

    channel: Channel
    members: int = Field(description="Who would go this way, or be refused on it and on none after it")
    verdicts: dict[Verdict, int]
    passed_on: dict[str, int] = Field(description="Who is refused here and goes on to the next way, by the reason")
    parts_per_second: float = Field(description="What its senders carry together")


class DeferredView(View):
    """Members for whom the rules open within one hour."""

    hour: datetime
    members: int
    parts: int


class AwaitedView(View):
    """Members held until somebody does something; nobody knows when."""

    awaits: str
    members: int


class MoneyView(View):
    """An amount, exact."""

    amount: str = Field(examples=["7.7499"])
    currency: str = Field(examples=["USD"])


class PartsView(View):
    """What one country's texts in one encoding come to."""

    country: str = Field(description="ISO 3166 alpha-2, empty where the numbers have none")
    encoding: str = Field(examples=["gsm7"])
    messages: int
    parts: int
    cost: MoneyView | None = Field(description="By the workspace's price for the country; null without one")


class ContentView(View):
    """What the text comes to, rendered for every member."""

    sampled: int = Field(description="Members it was rendered for: all of them")
    missing: dict[str, int] = Field(description="Members who lack a value that has no default, by its name")
    without: dict[str, int] = Field(default_factory=dict, description="Members whose text goes without a value, by its name")
    incomplete: int = Field(description="Members who would get no text for want of a value")
    empty: int = Field(description="Members whose text would be empty")
    too_long: int = Field(description="Members whose text no carrier would take")
    advised: dict[str, int] = Field(
        default={},
        description="Members whose text lacks what carriers advise it to hold (`identification`, `opt_out`), or is transactional "
        "and sells where the profile does not refuse that (`marketing_in_transactional`); what a law asks for is added, or "
        "objected to",
    )
    selling: dict[str, int] = Field(
        default={},
        description="The words that sell in a transactional text that is not refused for them, with the members whose text has "
        "them; what a member's own values brought in is shown as …",
        examples=[{"15% off": 1000}],
    )
    parts_min: int
    parts_typical: int
    parts_max: int
    parts_total: int = Field(description="For everyone who would get it, now or later")


class TooLateView(View):
    """Who would be cut off by the campaign's not-after."""

    not_after: datetime | None
    by_rule: int = Field(description="The rules open for them only after it")
    by_rate: int = Field(description="The sender would not have come to them by then")


class ForecastView(View):
    """When the last of them would be gone, at the senders' rates and within everyone's hours; other traffic is not counted."""

    starts_at: datetime
    parts_per_second: float = Field(description="Of the first way's senders")
    parts: int
    finishes_at: datetime | None = Field(description="null when nobody goes, or not all do within their time")
    unreached: int = Field(description="Members who would not be reached in sixty days, or whose hours never open")


class ShownObjection(View):
    """One member as an example of many who are decided alike."""

    contact_id: ContactId
    phone: str
    verdict: Verdict
    until: datetime | None
    reasons: list[ReasonView]


class PreflightView(View):
    """What would happen if it went at that instant."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REPORT]})

    id: PreflightId
    at: datetime
    audience: int = Field(
        description="Who is in it now; of a `live` campaign others may come until its `joins_until`, and are not foreseen"
    )
    verdicts: dict[Verdict, int]
    reasons: list[ForeseenReason]
    ways: list[WayView] = Field(default=[], description="Way by way; empty in reports from before there were ways")
    objections: list[ObjectionView]
    waits_from: datetime | None = Field(description="When the first of those who must wait could go")
    waits_until: datetime | None = Field(description="When the last of them could")
    deferred: list[DeferredView] = Field(description="Those who must wait and have a text, by the hour in which they could go")
    awaiting: list[AwaitedView]
    content: ContentView
    parts: list[PartsView]
    costs: list[MoneyView] = Field(description="The sum of each currency")
    unpriced_parts: int = Field(description="Parts to countries the workspace has no price for")
    too_late: TooLateView
    forecast: ForecastView
    sample: list[ShownObjection]


class PreflightJobView(View):
    """A preflight, and how far it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_JOB]})

    id: PreflightId
    campaign_id: CampaignId
    state: JobState
    at: datetime
    done_members: int
    total_members: int
    progress: float = Field(description="From 0 to 1")
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class PreflightFound(PreflightJobView):
    """A preflight with its report, once it is complete."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_JOB, "state": "completed", "progress": 1.0, "report": _REPORT}]}
    )

    report: PreflightView | None


def report_view(row: Row) -> PreflightView:
    """The report of a completed job."""
    return PreflightView(**{**row["report"], "id": row["id"]})


def job_view(row: Row) -> PreflightJobView:
    """A job without its report."""
    return PreflightJobView(**_job(row))


def found_view(row: Row) -> PreflightFound:
    """A job with its report, if it has one."""
    return PreflightFound(**_job(row), report=None if row["report"] is None else report_view(row))


def _job(row: Row) -> dict[str, Any]:
    fields = ("id", "campaign_id", "state", "at", "error", "created_at", "finished_at")
    done, total = row["members"], row["total"]
    progress = 1.0 if row["state"] == "completed" else min(1.0, done / total) if total else 0.0
    return {**{name: row[name] for name in fields}, "done_members": done, "total_members": total, "progress": progress}
