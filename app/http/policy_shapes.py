"""What may a workspace choose where the rules leave a choice? Its policy, as it is changed and as it is shown."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from app.domain.retention import CHOOSABLE, chosen_days
from app.http.caps import Caps, CapShape, stored_caps
from app.http.prices import Prices
from app.http.regions import Regions
from app.http.shapes import IfGiven, Shape, View

_HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"
_CLOSING = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"
_LONGEST_KEPT = 3650  # days

Days = Annotated[int, Field(ge=1, le=_LONGEST_KEPT, strict=True)]
Profile = Literal["strict", "statutory"]
Wording = Literal["add", "refuse"]
Letters = Literal["as_written", "plain"]

POLICY: dict[str, Any] = {
    "caps": [{"limit": 3, "window_seconds": 604_800}, {"limit": 1, "window_seconds": 86_400, "zone": "America/New_York"}],
    "own_hours": {"opens": "09:00", "closes": "20:00"},
    "prices": {"US": {"amount": "0.0079", "currency": "USD"}},
    "profile": "strict",
    "markets": ["AE", "US-MI"],
    "only_markets": ["AE", "CA", "US"],
    "block_fictional_numbers": True,
    "recheck_reassigned_days": 30,
    "scope_question": False,
    "wording": "add",
    "require_advised_wording": False,
    "letters": "as_written",
    "double_opt_in_hours": 72,
    "retention": {"message_texts": 730, "replies": 365},
}
_PROFILE = (
    "`strict`: the strictest reading of every rule, whatever was agreed to. `statutory`: exemptions the laws themselves make for "
    "people who agreed count too; take a lawyer's word first"
)
_PRICES = "What one part costs, by country: a preflight adds it up"
_MARKETS = "Regions to switch on whose rules are not checked (`GET /v1/rules` lists them as `verify`), or not known at all"
_ONLY = "Send to these and no others; null is every market that is on"
_FICTIONAL = "Refuse numbers kept free for books and films, which no phone has"
_RECHECK = "Ask for a reassigned-numbers query once proof of a number's ownership is older; null asks for none"
_QUESTION = "Let the confirmation of a STOP ask what to stop; no answer means everything"
_WORDING = "What becomes of a text without the identification or opt-out line its region wants: add it, or refuse the text"
_ADVISED = "Ask for what carriers advise a text to hold as if a law did"
_LETTERS = (
    "`plain`: typographic signs of an SMS (curly quotes, dashes, an ellipsis) leave as a typewriter has them, where that keeps "
    "the whole text in GSM-7 and so in fewer parts. Letters of names are never changed"
)
_RETENTION = (
    "Days for which each kind of data is kept; replaced whole, and what is left out keeps its default. Consent evidence, replies "
    "that say no, and suppressions are not for choosing: laws ask for them"
)
_DOUBLE = "How long a request for consent waits for its answer"


def _choosable(what: str) -> str:
    if what not in CHOOSABLE:
        raise ValueError(f"there is no such kind to choose days for: {', '.join(CHOOSABLE)}")
    return what


class OwnHours(Shape):
    """The workspace's own daily hours, local to the recipient: they narrow what the law leaves open, and never widen it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"opens": "09:00", "closes": "20:00"}]})

    opens: Annotated[str, Field(pattern=_HOUR, description="The first minute, local time")]
    closes: Annotated[str, Field(pattern=_CLOSING, description="The first minute that is closed again, at most 24:00")]

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens must come before closes")
        return self


Kind = Annotated[str, Field(json_schema_extra={"enum": list(CHOOSABLE)}), AfterValidator(_choosable)]
Retention = Annotated[dict[Kind, Days], Field(max_length=len(CHOOSABLE))]


class PolicyPatch(Shape):
    """What to change of the policy. A part that is left out stays."""

    caps: IfGiven[Caps] = None
    own_hours: OwnHours | None = Field(default=None, description="null takes the workspace's own hours away")
    prices: IfGiven[Prices] = Field(default=None, description=_PRICES)
    profile: IfGiven[Profile] = Field(default=None, description=_PROFILE)
    markets: IfGiven[Regions] = Field(default=None, description=_MARKETS)
    only_markets: Regions | None = Field(default=None, description=_ONLY)
    block_fictional_numbers: IfGiven[Annotated[bool, Field(strict=True)]] = Field(default=None, description=_FICTIONAL)
    recheck_reassigned_days: Annotated[int, Field(ge=1, le=_LONGEST_KEPT, strict=True)] | None = Field(
        default=None, description=_RECHECK
    )
    scope_question: IfGiven[Annotated[bool, Field(strict=True)]] = Field(default=None, description=_QUESTION)
    wording: IfGiven[Wording] = Field(default=None, description=_WORDING)
    require_advised_wording: IfGiven[Annotated[bool, Field(strict=True)]] = Field(default=None, description=_ADVISED)
    letters: IfGiven[Letters] = Field(default=None, description=_LETTERS)
    double_opt_in_hours: IfGiven[Annotated[int, Field(ge=1, le=720, strict=True)]] = Field(default=None, description=_DOUBLE)
    retention: IfGiven[Retention] = Field(default=None, description=_RETENTION)

    def stored(self) -> dict[str, Any]:
        """The parts that are named, as they are kept."""
        kept = self.model_dump(mode="json", exclude_unset=True)
        return kept if self.caps is None else kept | {"caps": stored_caps(self.caps)}


class PolicyView(View):
    """What every decision in the workspace obeys beside the law."""

    model_config = ConfigDict(json_schema_extra={"examples": [POLICY]})

    caps: list[CapShape] = Field(description="Over all campaigns and channels together")
    own_hours: OwnHours | None
    prices: Prices = Field(description=_PRICES)
    profile: Profile = Field(description=_PROFILE)
    markets: list[str] = Field(description=_MARKETS)
    only_markets: list[str] | None = Field(description=_ONLY)
    block_fictional_numbers: bool = Field(description=_FICTIONAL)
    recheck_reassigned_days: int | None = Field(description=_RECHECK)
    scope_question: bool = Field(description=_QUESTION)
    wording: Wording = Field(description=_WORDING)
    require_advised_wording: bool = Field(description=_ADVISED)
    letters: Letters = Field(description=_LETTERS)
    double_opt_in_hours: int = Field(description=_DOUBLE)
    retention: dict[str, int] = Field(description=_RETENTION)


def policy_view(stored: Mapping[str, Any]) -> PolicyView:
    """A stored policy with the defaults of what was never chosen."""
    return PolicyView(
        caps=stored.get("caps") or [],
        own_hours=stored.get("own_hours"),
        prices=stored.get("prices") or {},
        profile=stored.get("profile", "strict"),
        markets=stored.get("markets") or [],
        only_markets=stored.get("only_markets"),
        block_fictional_numbers=stored.get("block_fictional_numbers", False),
        recheck_reassigned_days=stored.get("recheck_reassigned_days"),
        scope_question=stored.get("scope_question", False),
        wording=stored.get("wording", "add"),
        require_advised_wording=stored.get("require_advised_wording", False),
        letters=stored.get("letters", "as_written"),
        double_opt_in_hours=stored.get("double_opt_in_hours", 72),
        retention=chosen_days(stored.get("retention") or {}),
    )
