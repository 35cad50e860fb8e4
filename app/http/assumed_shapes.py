"""What if? Facts to decide with instead of those on record, so that a case can be asked before it happens."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from app.domain.facts import (
    Ban,
    Cap,
    ConsentBasis,
    ConsentFacts,
    ConsentState,
    ContentFacts,
    NumberKind,
    Place,
    RegistryFact,
    Send,
    SenderFacts,
    SuppressionFact,
)
from app.domain.message import Channel
from app.domain.zones import zone_names
from app.http.caps import Caps
from app.http.shapes import Instant, Name, Shape, Text

_MOST = 200
Word = Annotated[str, Field(max_length=64, pattern=r"^[a-zA-Z0-9_.:-]*$")]
Words = Annotated[list[Word], Field(max_length=50)]
Region = Annotated[str, Field(max_length=10, pattern=r"^$|^[A-Z]{2}(-[A-Z0-9]{1,3})?$", examples=["US-CA"])]


def _known_zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError("not an IANA time zone")
    return name


Zone = Annotated[str, Field(max_length=64, examples=["America/Los_Angeles"]), AfterValidator(_known_zone)]


class AssumedConsent(Shape):
    """One consent that stands."""

    state: Literal["pending", "given", "declined", "revoked", "expired"] = "given"
    kind: ConsentBasis = Field(default=ConsentBasis.EXPRESS_WRITTEN, examples=["express_written"])
    since: Instant
    expires_at: Instant | None = None
    method: Word = ""
    brand: Text = Field(default="", max_length=200)
    topic: Word = ""
    channel: Channel | None = Field(default=None, description="null: the channel asked about")
    flags: Words = Field(default=[], description="What its evidence shows or lacks, such as `lacks:not_a_condition` or `night`")

    def fact(self) -> ConsentFacts:
        """As rules see it."""
        return ConsentFacts(
            ConsentState(self.state),
            self.since,
            self.expires_at,
            self.method,
            self.kind,
            self.brand,
            self.topic,
            self.channel,
            frozenset(self.flags),
        )


class AssumedSuppression(Shape):
    """One suppression in force."""

    reason: Word = Field(default="opt_out", min_length=1, examples=["opt_out"])
    scope: Literal["marketing", "all"] = "marketing"
    channel: Channel | None = Field(default=None, description="null: every channel")
    since: Instant
    method: Word = Field(default="", examples=["keyword"])
    via: Literal["", "text", "voice"] = ""
    answered: Literal["", "marketing", "informational", "scope_question"] = ""

    def fact(self) -> SuppressionFact:
        """As rules see it."""
        return SuppressionFact(self.reason, self.scope, self.channel, self.since, self.method, self.via, self.answered)


class AssumedSend(Shape):
    """One marketing message that was handed over before."""

    at: Instant
    channel: Channel | None = Field(default=None, description="null: the channel asked about")
    subject: Word = ""


class AssumedPlace(Shape):
    """Where the person is known, or says, to be."""

    region: Region = ""
    zones: Annotated[list[Zone], Field(min_length=1, max_length=30)]
    strength: Literal["declared", "verified"] = "declared"

    def fact(self) -> Place:
        """As rules see it."""
        return Place(self.region, tuple(self.zones), self.strength, "assumed")


class AssumedRegistry(Shape):
    """What a registry says of the number."""

    registry: Word = Field(min_length=1, examples=["us.national_dnc"])
    answer: Literal["listed", "clear", "unknown"]
    as_of: Instant
    asked_about: Instant | None = Field(default=None, description="The consent date a reassigned-numbers query was asked with")

    def fact(self) -> RegistryFact:
        """As rules see it."""
        return RegistryFact(self.registry, self.answer, self.as_of, self.asked_about)


class AssumedFile(Shape):
    """A registry file that was loaded whole."""

    registry: Word = Field(min_length=1, examples=["us.national_dnc"])
    as_of: Instant


class AssumedContent(Shape):
    """What the text or script was found to hold; left out, `body` is read instead."""

    lacks: Words = Field(default=[], examples=[["identification"]])
    marketing: Words = Field(default=[])
    shorteners: Words = Field(default=[])
    categories: Words = Field(default=[], examples=[["alcohol"]])
    media_bytes: int = Field(default=0, ge=0, le=1_000_000_000, strict=True)
    carrier_limit: int | None = Field(default=None, ge=0, le=1_000_000_000, strict=True)

    def fact(self) -> ContentFacts:
        """As rules see it."""
        return ContentFacts(
            frozenset(self.lacks),
            tuple(self.marketing),
            tuple(self.shorteners),
            frozenset(self.categories),
            self.media_bytes,
            self.carrier_limit,
        )


class AssumedSender(Shape):
    """What is known of the sender."""

    kind: Word = ""
    blocked_code: Word = Field(default="", description="The carrier's code when it blocks this pair", examples=["21610"])
    capped_until: Instant | None = None
    capped_by: Word = ""
    queue_wait_seconds: int = Field(default=0, ge=0, le=864_000, strict=True)
    problem: Word = ""
    age_gated: Words = Field(default=[])
    abandoned: float = Field(default=0.0, ge=0, le=1, description="Share of answered live calls nobody took, 30 days")
    keyless: bool = Field(default=False, strict=True, description="Its carrier does not hear keys that are pressed in a call")

    def fact(self) -> SenderFacts:
        """As rules see it."""
        return SenderFacts(
            self.kind,
            self.blocked_code,
            self.capped_until,
            self.capped_by,
            timedelta(seconds=self.queue_wait_seconds),
            self.problem,
            frozenset(self.age_gated),
            self.abandoned,
            self.keyless,
        )


class AssumedBan(Shape):
    """Marketing to a region stopped, for a time or until further notice."""

    region: Region = Field(min_length=2)
    since: Instant
    until: Instant | None = None
    source: Name = "assumed"

    def fact(self) -> Ban:
        """As rules see it."""
        return Ban(self.region, self.since, self.until, self.source)


class AssumedPolicy(Shape):
    """The workspace's choices."""

    profile: Literal["strict", "statutory"] | None = None
    markets: Annotated[list[Region], Field(max_length=300)] | None = Field(default=None, description="Switched on")
    only_markets: Annotated[list[Region], Field(max_length=300)] | None = None
    bans: Annotated[list[AssumedBan], Field(max_length=50)] | None = None
    registry_files: Annotated[list[AssumedFile], Field(max_length=50)] | None = None
    recheck_reassigned_days: int | None = Field(default=None, ge=1, le=3650, strict=True)
    block_fictional_numbers: bool | None = None
    caps: Caps | None = None

    def market_fields(self) -> dict[str, Any]:
        """The fields of `Market` that are assumed."""
        found: dict[str, Any] = {
            "profile": self.profile,
            "enabled": None if self.markets is None else frozenset(self.markets),
            "only": None if self.only_markets is None else frozenset(self.only_markets),
            "bans": None if self.bans is None else tuple(ban.fact() for ban in self.bans),
            "registries": None
            if self.registry_files is None
            else tuple(sorted((file.registry, file.as_of) for file in self.registry_files)),
            "recheck_reassigned": None if self.recheck_reassigned_days is None else timedelta(days=self.recheck_reassigned_days),
            "block_fictional": self.block_fictional_numbers,
        }
        return {name: value for name, value in found.items() if value is not None}


_EXAMPLE: dict[str, JsonValue] = {
    "consents": [{"kind": "express_written", "since": "2026-10-01T12:00:00Z"}],
    "sends": [{"at": "2026-11-23T15:00:00Z"}],
    "policy": {"profile": "statutory"},
}


class Assumed(Shape):
    """Facts to decide with. Each that is given takes the place of what is on record; the others stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    consents: Annotated[list[AssumedConsent], Field(max_length=_MOST)] | None = None
    suppressions: Annotated[list[AssumedSuppression], Field(max_length=_MOST)] | None = None
    sends: Annotated[list[AssumedSend], Field(max_length=_MOST)] | None = None
    places: Annotated[list[AssumedPlace], Field(max_length=20)] | None = None
    registries: Annotated[list[AssumedRegistry], Field(max_length=50)] | None = None
    refusals: Annotated[list[Instant], Field(max_length=_MOST)] | None = Field(
        default=None, description="Instants at which the person refused during a call"
    )
    birth_date: date | None = None
    age_verified: bool | None = None
    proved_at: Instant | None = Field(default=None, description="The last proof that the number is still this person's")
    stopped_elsewhere: bool | None = Field(default=None, description="The same person opted out on another number")
    number_kind: NumberKind | None = Field(default=None, description="The line type a look-up would give")
    content: AssumedContent | None = None
    sender: AssumedSender | None = None
    policy: AssumedPolicy | None = None

    def facts_fields(self, channel: Channel) -> dict[str, Any]:
        """The fields of `Facts` that are assumed."""
        many: Mapping[str, list[Any] | None] = {
            "consents": self.consents,
            "suppressions": self.suppressions,
            "places": self.places,
            "registries": self.registries,
        }
        found: dict[str, Any] = {name: tuple(item.fact() for item in items) for name, items in many.items() if items is not None}
        if self.sends is not None:
            sends = [Send(send.at, send.channel or channel, send.subject) for send in self.sends]
            found["sends"] = tuple(sorted(sends, key=lambda send: send.at))
        if self.refusals is not None:
            found["refusals"] = tuple(sorted(self.refusals))
        for name in ("birth_date", "age_verified", "proved_at", "stopped_elsewhere"):
            if (value := getattr(self, name)) is not None:
                found[name] = value
        if self.content is not None:
            found["content"] = self.content.fact()
        if self.sender is not None:
            found["sender"] = self.sender.fact()
        if self.policy is not None and self.policy.caps is not None:
            found["caps"] = tuple(
                Cap(cap.limit, timedelta(seconds=cap.window_seconds), zone=cap.zone) for cap in self.policy.caps
            )
        return found
