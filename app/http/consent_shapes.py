"""What do a yes, a no and a standing consent look like in JSON?"""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from app.domain.errors import InvalidField
from app.domain.facts import ConsentState
from app.domain.message import Channel, Purpose
from app.domain.proof import EVIDENCE_NEEDED
from app.http.ids import ConsentEventId, ContactId
from app.http.phones import DefaultRegion, Phone
from app.http.shapes import Instant, Shape, View
from app.storage.database import Row
from app.usecases.read_consents import Standing
from app.usecases.record_opt_ins import OptIn, OptInResult
from app.usecases.record_opt_ins import Outcome as OptInOutcome
from app.usecases.record_opt_outs import OptOut, OptOutResult, Scope

_MOST_ITEMS = 1_000
_MOST_FIELDS = 30
_LONGEST_FIELD = 4_000


def _distinct(channels: list[Channel]) -> list[Channel]:
    return list(dict.fromkeys(channels))


def _short(value: object) -> object:
    if value is not None and not isinstance(value, (str, int, float, bool)):
        raise ValueError("must be text, a number, true or false, or null")
    if isinstance(value, str) and len(value) > _LONGEST_FIELD:
        raise ValueError(f"longer than {_LONGEST_FIELD} characters")
    return value


Channels = Annotated[list[Channel], Field(min_length=1, max_length=4), AfterValidator(_distinct)]
Topic = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,63}$")]
Word = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,63}$")]
EvidenceField = Annotated[Any, AfterValidator(_short)]
Evidence = Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], EvidenceField], Field(max_length=_MOST_FIELDS)]
Method = Annotated[str, Field(json_schema_extra={"enum": list(EVIDENCE_NEEDED)}, max_length=64)]

_OPT_IN: dict[str, JsonValue] = {
    "phone": "+14155550123",
    "channels": ["sms"],
    "purpose": "marketing",
    "method": "web_form",
    "evidence": {
        "wording": "I agree to get offers of Example Shop by text message. Not a condition of purchase. Reply STOP to end.",
        "url": "https://shop.example/checkout",
        "ip": "192.0.2.7",
    },
    "occurred_at": "2026-11-20T17:00:00Z",
}
_OPT_OUT: dict[str, JsonValue] = {
    "phone": "+14155550123",
    "method": "email",
    "evidence": {"message": "please stop texting me"},
    "occurred_at": "2026-11-23T09:30:00Z",
}


class OptInIn(Shape):
    """A "yes", and what proves it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OPT_IN]})

    phone: Phone
    default_region: DefaultRegion | None = None
    channels: Channels = Field(default=[Channel.SMS])
    purpose: Purpose = Purpose.MARKETING
    topic: Topic | None = Field(default=None, description="Narrows the purpose; left out, the purpose as a whole is meant")
    method: Method = Field(description="How the person agreed; `import` and `subscribe` are your word, the others proof")
    evidence: Evidence = Field(
        description="What the method needs: "
        + "; ".join(
            f"{method}: {' and '.join(' or '.join(group) for group in groups)}" for method, groups in EVIDENCE_NEEDED.items()
        )
    )
    occurred_at: Instant = Field(description="When the person agreed")
    expires_at: Instant | None = Field(default=None, description="When the consent ends, if it does")

    def item(self, phone: str) -> OptIn:
        """What the use case takes."""
        return OptIn(
            phone=phone,
            channels=self.channels,
            purpose=self.purpose,
            method=self.method,
            evidence=self.evidence,
            occurred_at=self.occurred_at,
            topic=self.topic or "",
            expires_at=self.expires_at,
        )


class OptOutIn(Shape):
    """A "no"."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OPT_OUT]})

    phone: Phone
    default_region: DefaultRegion | None = None
    channels: Channels | None = Field(default=None, description="Left out, all channels are meant")
    purpose: Scope = Field(default="marketing", description="`all` stops transactional messages too")
    method: Word = Field(default="api", description="How it came: email, phone_call, web_form ...")
    evidence: Evidence = Field(default={}, description="Whatever documents it")
    occurred_at: Instant | None = Field(default=None, description="When the person said it; left out or yet to come: now")

    def item(self, phone: str) -> OptOut:
        """What the use case takes."""
        return OptOut(
            phone=phone,
            channels=self.channels,
            purpose=self.purpose,
            method=self.method,
            evidence=self.evidence,
            occurred_at=self.occurred_at,
        )


class BulkOptIns(Shape):
    """Many "yes"es."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_OPT_IN]}]})

    items: Annotated[list[OptInIn], Field(min_length=1, max_length=_MOST_ITEMS)]


class BulkOptOuts(Shape):
    """Many "no"s."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_OPT_OUT]}]})

    items: Annotated[list[OptOutIn], Field(min_length=1, max_length=_MOST_ITEMS)]


class OptInView(View):
    """What a "yes" came to."""

    phone: str = Field(description="E.164")
    outcome: OptInOutcome = Field(description="The worst of the channels: rejected, not_lifted, recorded, already")
    reason: str = Field(description="Why it is not simply recorded", examples=[""])
    channels: dict[Channel, OptInOutcome] = Field(description="The outcome of each channel")
    event_ids: list[ConsentEventId] = Field(description="The lines of the ledger, one a channel")

    @classmethod
    def of(cls, result: OptInResult) -> Self:
        """As the use case answered."""
        return cls(
            phone=result.phone,
            outcome=result.outcome,
            reason=result.reason,
            channels=dict(result.channels),
            event_ids=list(result.event_ids),
        )


class OptInItem(OptInView):
    """What one of many came to. A rejected one has its phone as it was sent."""

    index: int
    code: str | None = Field(default=None, description="Of a rejected item: what is wrong", examples=[None])

    @classmethod
    def at(cls, index: int, result: OptInResult) -> Self:
        """As the use case answered for the item at `index`."""
        code = result.problem.code if result.problem else None
        return cls(index=index, code=code, **OptInView.of(result).model_dump())

    @classmethod
    def refused(cls, index: int, phone: str, problem: InvalidField) -> Self:
        """For an item whose number cannot be read."""
        nothing: dict[str, Any] = {"channels": {}, "event_ids": []}
        return cls(index=index, phone=phone, outcome="rejected", reason=problem.detail, code=problem.code, **nothing)


class OptInItems(View):
    """An outcome for each item, in order."""

    items: list[OptInItem]


class OptOutView(View):
    """What a "no" did."""

    phone: str = Field(description="E.164")
    outcome: Literal["recorded", "superseded"] = Field(
        description="`superseded`: the person came back, with proof, after the instant this speaks of, so nothing was silenced"
    )
    event_id: ConsentEventId = Field(description="The line of the ledger")
    cancelled: int = Field(description="Messages that were waiting")
    stopped: int = Field(description="Messages that were claimed and had not left")
    beyond_recall: int = Field(description="Messages a carrier has already")

    @classmethod
    def of(cls, result: OptOutResult) -> Self:
        """As the use case answered."""
        return cls(
            phone=result.phone,
            outcome="recorded" if result.revoked else "superseded",
            event_id=result.event_id,
            cancelled=result.cancelled,
            stopped=result.stopped,
            beyond_recall=result.beyond_recall,
        )


class OptOutItem(View):
    """What one of many did. A rejected one has its phone as it was sent, and did nothing."""

    index: int
    phone: str
    outcome: Literal["recorded", "superseded", "rejected"]
    reason: str = ""
    code: str | None = None
    event_id: ConsentEventId | None = None
    cancelled: int = 0
    stopped: int = 0
    beyond_recall: int = 0

    @classmethod
    def of(cls, index: int, result: OptOutResult) -> Self:
        """As the use case answered for the item at `index`."""
        return cls(index=index, **OptOutView.of(result).model_dump(mode="python"))

    @classmethod
    def refused(cls, index: int, phone: str, problem: InvalidField) -> Self:
        """For an item whose number cannot be read."""
        return cls(index=index, phone=phone, outcome="rejected", reason=problem.detail, code=problem.code)


class OptOutItems(View):
    """What each item did, in order. A message reached by several counts for the first of them."""

    items: list[OptOutItem]


class ConsentView(View):
    """Consent as it stands for one channel, purpose and topic."""

    channel: Channel
    purpose: Purpose
    topic: str = Field(description="Empty: the purpose as a whole")
    state: ConsentState
    since: Instant
    expires_at: Instant | None
    method: str
    event_id: ConsentEventId


class SuppressionView(View):
    """A reason for silence, whatever was agreed."""

    reason: str = Field(examples=["opt_out"])
    channel: Channel | None = Field(description="null: every channel")
    scope: Scope
    source: str
    since: Instant


class ConsentsView(View):
    """What stands for a number. No consent at all is an empty list, and means no marketing."""

    phone: str = Field(description="E.164")
    contact_id: ContactId | None = Field(description="null when the number is no contact's")
    consents: list[ConsentView]
    suppressions: list[SuppressionView]


class EventView(View):
    """A line of the ledger."""

    id: ConsentEventId
    kind: str = Field(examples=["given"])
    channel: Channel | None = Field(description="null: every channel")
    purpose: Purpose
    topic: str
    method: str
    evidence: dict[str, Any]
    source: str
    actor: str
    occurred_at: Instant
    recorded_at: Instant
    expires_at: Instant | None
    seq: int = Field(description="Its place in the workspace's chain: 1, 2, 3 without gaps")
    number_seq: int = Field(description="Its place in its number's chain")
    previous: str = Field(description="Hash of the workspace's entry before, hex; zeros before the first")
    hash: str = Field(description="SHA-256 over all of it, hex; a signed head or a dossier vouches for it")


def event_view(row: Row) -> EventView:
    """A stored event as the API shows it."""
    shown = {name: row[name] for name in EventView.model_fields}
    return EventView(**{**shown, "previous": row["previous"].hex(), "hash": row["hash"].hex()})


def consents_view(standing: Standing) -> ConsentsView:
    """What stands for a number as the API shows it."""
    return ConsentsView(
        phone=standing.phone,
        contact_id=standing.contact_id,
        consents=[ConsentView(**{name: row[name] for name in ConsentView.model_fields}) for row in standing.consents],
        suppressions=[
            SuppressionView(
                reason=row["reason"], channel=row["channel"] or None, scope=row["scope"], source=row["source"], since=row["since"]
            )
            for row in standing.suppressions
        ],
    )
