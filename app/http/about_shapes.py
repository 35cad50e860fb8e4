"""What is a message for? Its brand, topic and subject, the ground it stands on, and what it is about, as requests write them."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from app.domain.content_needs import DECLARABLE
from app.domain.registration import RegistrationStatus
from app.http.shapes import Instant, Shape, Text

BRAND = "Whose message it is: consent is looked for under this brand, and the text must name it; the workspace's name if empty"
TOPIC = "The topic within marketing, as opt-ins have it; empty is marketing as a whole"
SUBJECT = "What it is about: statutory caps (three texts in 24 hours in some US states) count each subject on its own"
CATEGORIES = "What it is about that some may not be told, or nobody. What is found in the text counts beside what is declared"

_WORD = r"^([a-z0-9][a-z0-9_-]{0,63})?$"
Brand = Annotated[Text, Field(max_length=200)]
Topic = Annotated[str, Field(pattern=_WORD)]
Subject = Annotated[str, Field(pattern=_WORD)]


def _known_category(category: str) -> str:
    if category not in DECLARABLE:
        raise ValueError(f"there is no category {category!r}; there are {', '.join(DECLARABLE)}")
    return category


Category = Annotated[str, AfterValidator(_known_category), WithJsonSchema({"type": "string", "enum": list(DECLARABLE)})]
Categories = Annotated[list[Category], Field(max_length=len(DECLARABLE))]

REGISTRATION: dict[str, Any] = {
    "status": "registered",
    "brand": "Acme Shoes Inc.",
    "campaign_id": "CAMP123",
    "age_gated": ["alcohol"],
    "opt_out": "36180",
    "identification": "acme.example/legal",
    "capped_until": None,
    "capped_by": "",
    "parts_per_minute": 4500,
    "parts_per_day": 200000,
    "queue_seconds": 0,
    "abandoned_rate": 0.0,
}


class RegistrationShape(Shape):
    """What the workspace says of a sender's registration with the carriers. Nothing declared is nothing held against it."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRATION]})

    status: RegistrationStatus | None = Field(
        default=None,
        description="With the carriers' registers (10DLC brand and campaign, toll-free verification). Texts to the US from a "
        "number that is `pending` or `unregistered` are refused here, before the carrier refuses them",
    )
    brand: Brand = Field(default="", description="The brand as it is registered")
    campaign_id: Annotated[Text, Field(max_length=64)] = Field(default="", description="The campaign's id at the registry")
    age_gated: Categories = Field(default=[], description="Categories it is registered to send to verified adults")
    opt_out: Annotated[Text, Field(max_length=100)] = Field(
        default="",
        description="Where people object who cannot answer this sender, put into texts that need it: digits to text to, a free "
        "number, or a link. A short code is its own",
        examples=["36180"],
    )
    identification: Annotated[Text, Field(max_length=200)] = Field(
        default="", description="A mailing address with a contact, or a link to both, put into texts that need it (Canada)"
    )
    capped_until: Instant | None = Field(default=None, description="Until when a carrier's cap of the day is used up")
    capped_by: Annotated[str, Field(pattern="^[a-z0-9_]{0,32}$")] = Field(default="", description="Whose", examples=["tmobile"])
    parts_per_minute: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] | None = Field(
        default=None, description="What a carrier allows its campaign in a minute (AT&T, by the brand's score)"
    )
    parts_per_day: Annotated[int, Field(ge=1, le=100_000_000, strict=True)] | None = Field(
        default=None,
        description="What a carrier allows its brand in a day (T-Mobile, midnight to midnight in California): nothing more goes, "
        "and what waits in a pool goes from another sender",
    )
    queue_seconds: Annotated[int, Field(ge=0, le=36_000, strict=True)] = Field(
        default=0,
        description="How long a message usually waits at the carrier before it leaves. Marketing is handed over only if it still "
        "arrives within the hours",
    )
    abandoned_rate: float = Field(
        default=0.0, ge=0, le=1, strict=True, description="Answered live calls nobody took, of all in the last 30 days"
    )

    def stored(self) -> dict[str, Any]:
        """As it is kept: only what was said."""
        return self.model_dump(mode="json", exclude_unset=True)
