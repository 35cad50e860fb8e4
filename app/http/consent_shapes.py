"""What do a yes and a no look like in JSON, and what they came to?"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from app.domain.errors import InvalidField
from app.domain.facts import ConsentBasis
from app.domain.message import Channel, Purpose
from app.domain.proof import BASES, EVIDENCE_NEEDED
from app.http.ids import ConsentEventId
from app.http.phones import DefaultRegion, Phone
from app.http.place_shapes import Person
from app.http.shapes import Instant, Shape, Text, View
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
Brand = Annotated[Text, Field(max_length=200)]
Topic = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,63}$")]
Word = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,63}$")]
EvidenceField = Annotated[Any, AfterValidator(_short)]
Evidence = Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], EvidenceField], Field(max_length=_MOST_FIELDS)]
Method = Annotated[str, Field(json_schema_extra={"enum": list(EVIDENCE_NEEDED)}, max_length=64)]

_WHOSE = "Your id of the person whose word it is: on a number that several share, a yes that names nobody counts for nobody"

_OPT_IN: dict[str, JsonValue] = {
    "phone": "+14155550123",
    "channels": ["sms"],
    "purpose": "marketing",
    "kind": "express_written",
    "method": "web_form",
    "evidence": {
        "wording": "By checking this box I agree to get recurring automated marketing texts from Example Shop at this number. "
        "Consent is not a condition of purchase. Message and data rates may apply. Reply STOP to end, HELP for help.",
        "seller": "Example Shop",
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
    brand: Brand = Field(default="", description="Whose messages were agreed to; left out, those of every brand of yours")
    kind: ConsentBasis | None = Field(
        default=None,
        description="What kind of consent it is; left out, what its method comes to: "
        + "; ".join(f"{method}: {bases[0]}" for method, bases in BASES.items())
        + ". Named `express_written`, it is refused where its evidence says otherwise",
    )
    method: Method = Field(
        description="How the person agreed; `import`, `subscribe` and `record` are your word, the others proof"
    )
    evidence: Evidence = Field(
        description="What the method needs: "
        + "; ".join(
            f"{method}: {' and '.join(' or '.join(group) for group in groups)}" for method, groups in EVIDENCE_NEEDED.items()
        )
        + ". What else counts: `wording` as it was shown, `seller`, `signed`, `not_condition_of_purchase`, "
        "`authorises_automated_marketing` (true or false), `notice` and `could_object` for a soft opt-in, `night`, "
        "`parental_consent`, `charity`, `partner`, `collected_before_relationship`"
    )
    occurred_at: Instant = Field(description="When the person agreed")
    expires_at: Instant | None = Field(default=None, description="When the consent ends, if it does")
    person: Person | None = Field(default=None, description=_WHOSE)

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
            brand=self.brand,
            basis=self.kind,
            person=self.person,
        )


class OptOutIn(Shape):
    """A "no"."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OPT_OUT]})

    phone: Phone
    default_region: DefaultRegion | None = None
    channels: Channels | None = Field(default=None, description="Left out, all channels are meant")
    purpose: Scope = Field(default="marketing", description="`all` stops transactional messages too")
    method: Word = Field(
        default="api",
        description="How it came. `key_press` and `call` were said on the phone, `keyword` in a text, `provider` is a carrier's "
        "own list; `complaint`, `objection` and `privacy_request` leave suppressions of their own; `email`, `letter`, `web_form` "
        "and `phone_call` are objections under GDPR art. 21 where that law holds",
        examples=["email"],
    )
    evidence: Evidence = Field(default={}, description="Whatever documents it")
    occurred_at: Instant | None = Field(default=None, description="When the person said it; left out or yet to come: now")
    person: Person | None = Field(default=None, description=_WHOSE)

    def item(self, phone: str) -> OptOut:
        """What the use case takes."""
        return OptOut(
            phone=phone,
            channels=self.channels,
            purpose=self.purpose,
            method=self.method,
            evidence=self.evidence,
            occurred_at=self.occurred_at,
            person=self.person,
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
    kind: ConsentBasis | None = Field(description="The kind of consent it was recorded as", examples=["express_written"])
    lacks: list[str] = Field(
        description="Elements of written consent (47 CFR 64.1200(f)(9)) that its evidence does not show; US marketing needs all",
        examples=[[]],
    )
    needs: list[str] = Field(
        default=[],
        description="What else it takes before the person can be written to",
        examples=[["the recipient must text START to +18885550100: the carrier blocks this sender (21610)"]],
    )

    @classmethod
    def of(cls, result: OptInResult, needs: Sequence[str] = ()) -> Self:
        """As the use case answered, with what it does not see."""
        return cls(
            kind=result.basis,
            lacks=list(result.lacks),
            phone=result.phone,
            outcome=result.outcome,
            reason=result.reason,
            channels=dict(result.channels),
            event_ids=list(result.event_ids),
            needs=list(needs),
        )


class OptInItem(OptInView):
    """What one of many came to. A rejected one has its phone as it was sent."""

    index: int
    code: str | None = Field(default=None, description="Of a rejected item: what is wrong", examples=[None])

    @classmethod
    def at(cls, index: int, result: OptInResult, needs: Sequence[str] = ()) -> Self:
        """As the use case answered for the item at `index`."""
        code = result.problem.code if result.problem else None
        return cls(index=index, code=code, **OptInView.of(result, needs).model_dump())

    @classmethod
    def refused(cls, index: int, phone: str, problem: InvalidField) -> Self:
        """For an item whose number cannot be read."""
        nothing: dict[str, Any] = {"channels": {}, "event_ids": [], "kind": None, "lacks": []}
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
    honour_by: date | None = Field(
        description="The last day the law of the number's region would allow (for the record: it is honoured at once)",
        examples=["2026-12-08"],
    )

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
            honour_by=result.honour_by,
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
    honour_by: date | None = None

    @classmethod
    def of(cls, index: int, result: OptOutResult) -> Self:
        """As the use case answered for the item at `index`."""
        return cls(index=index, **OptOutView.of(result).model_dump(mode="python"))

    @classmethod
    def refused(cls, index: int, phone: str, problem: InvalidField) -> Self:
        """For an item whose number cannot be read."""
        return cls(index=index, phone=phone, outcome="rejected", reason=problem.detail, code=problem.code)


class OptOutLinkView(View):
    """Where a person opts this number out."""

    phone: str = Field(description="E.164", examples=["+14155550123"])
    url: str = Field(examples=["https://tactful.example/o/5Xq2nGx0v7l1b3YJmA8cTzR4kPwUeHsDfL6iNoB9tVQ"])


class OptOutItems(View):
    """What each item did, in order. A message reached by several counts for the first of them."""

    items: list[OptOutItem]
