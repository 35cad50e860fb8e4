"""What would the rules say of a template's text, read in these countries? Asked before anyone is chosen to read it."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import AfterValidator, ConfigDict, Field

from app.domain.foreign_characters import name_of
from app.domain.message import Channel, Purpose
from app.domain.parts import Encoding
from app.domain.regions import is_region
from app.http.about_shapes import BRAND, Brand
from app.http.advice_shapes import AdviceView, advice_view
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.ids import ContactId, SenderId, TemplateId
from app.http.preview_shapes import ForeignCharacterView, Version, foreign_views
from app.http.problems import documented
from app.http.shapes import Shape, Text, View
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.check_text import Checked, Reading, check_text
from app.usecases.policies import read_policy
from app.usecases.preview_template import preview_template
from app.usecases.sample_text import Sampled, sample_text

router = APIRouter(prefix="/templates", tags=["templates"])

_MOST_REGIONS = 50
_CHECK: dict[str, Any] = {
    "region": "CA",
    "body": "Acme Shoes: Hi Maya, 20% off. Reply STOP to opt out",
    "encoding": "gsm7",
    "parts": 1,
    "foreign_characters": [],
    "foreign_kinds": 0,
    "parts_without_foreign": 1,
    "objections": [
        {
            "rule": "content.identification_missing",
            "source": "CASL s. 6(2) and 11; SOR/2012-36 s. 2 and 3",
            "detail": "the text does not say who sends it and where they are reached",
        }
    ],
    "advice": [],
}


_SAMPLED: dict[str, Any] = {
    "sampled": 500,
    "fields": [{"name": "first_name", "has_default": True, "held_by": 431, "longest": 14, "did_you_mean": None}],
    "unknown_fields": [],
    "incomplete": 0,
    "too_long": 0,
    "parts_typical": 1,
    "parts_worst": 2,
    "ucs2": 12,
    "foreign_characters": [{"character": "\u00eb", "name": "LATIN SMALL LETTER E WITH DIAERESIS", "people": 12}],
}


def _known_region(code: str) -> str:
    if not is_region(code):
        raise ValueError(f"there is no region {code!r}; they are written as in US, US-FL, FR-57")
    return code


Region = Annotated[str, Field(max_length=10), AfterValidator(_known_region)]


class CheckIn(Shape):
    """Where it would be read, and as what it would go."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"regions": ["US", "CA", "FR"], "values": {"first_name": "Maya"}}]})

    regions: Annotated[list[Region], Field(min_length=1, max_length=_MOST_REGIONS)] = Field(
        default=["US"], description="Countries, or states and provinces of them", examples=[["US", "CA", "FR"]]
    )
    purpose: Purpose = Purpose.MARKETING
    brand: Brand = Field(default="", description=BRAND)
    sender_id: SenderId | None = Field(default=None, description="Its registration counts: where people object, who it is")
    locale: Annotated[Text, Field(max_length=35)] | None = Field(
        default=None, description="The reader's language, such as fr-CA: which text is checked, and in what words it is completed"
    )
    version: Version | None = Field(default=None, description="The newest, if left out")
    contact_id: ContactId | None = Field(default=None, description="Take this contact's values")
    values: Annotated[dict[str, Any], Field(max_length=200)] = Field(
        default_factory=dict, description="Values by name; they go over the contact's"
    )


class FindingView(View):
    """One rule that objects to the text."""

    rule: str
    source: str
    detail: str


class CheckedView(View):
    """The text in one region."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECK]})

    region: str
    body: str = Field(description="As it would be sent there, with what is added to it")
    encoding: Encoding
    parts: int
    foreign_characters: list[ForeignCharacterView] = Field(
        description="What keeps it out of GSM-7, values of people included: the first fifty kinds"
    )
    foreign_kinds: int
    parts_without_foreign: int = Field(description="Parts with all of them written plainly, or left out")
    objections: list[FindingView] = Field(description="Why it would be refused there; empty: nothing in the text would stop it")
    advice: list[AdviceView] = Field(description="What carriers advise, and what a transactional text sells that is not refused")


class SeenView(View):
    """A value the text asks for, among the contacts it was tried on."""

    name: str
    has_default: bool = Field(description="Whether the text is whole without it")
    held_by: int = Field(description="How many of them have it")
    longest: int = Field(description="Characters of the longest text under it")
    did_you_mean: str | None = Field(description="Where none of them has it: the nearest name that somebody has")


class SeenCharacterView(View):
    """A character that GSM-7 lacks, in the texts of people."""

    character: str
    name: str
    people: int = Field(description="In how many of their texts")


class SampledView(View):
    """The text tried on contacts, half added last and half first, before anything is added to it for a region."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SAMPLED]})

    sampled: int
    fields: list[SeenView]
    unknown_fields: list[str] = Field(description="Names none of them has anything under: written wrongly, perhaps")
    incomplete: int = Field(description="How many lack a value there must be, and would get no message")
    too_long: int = Field(description="How many would get more than carriers take, and so no message")
    parts_typical: int = Field(description="The lower median")
    parts_worst: int = Field(
        description="With the longest value of each field, or one that forces UCS-2 among them, where no one's own text has more"
    )
    ucs2: int = Field(description="How many would get it in UCS-2, 70 characters a part")
    foreign_characters: list[SeenCharacterView] = Field(description="Why: the 20 most frequent, in the text or in values")


class ChecksView(View):
    """The text in each region asked about, and among the workspace's people."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CHECK], "people": _SAMPLED}]})

    items: list[CheckedView]
    people: SampledView


def _sampled_view(found: Sampled) -> SampledView:
    return SampledView(
        sampled=found.sampled,
        fields=[
            SeenView(
                name=seen.name,
                has_default=seen.has_default,
                held_by=seen.held_by,
                longest=seen.longest,
                did_you_mean=found.meant.get(seen.name),
            )
            for seen in found.fields
        ],
        unknown_fields=list(found.unknown_fields),
        incomplete=found.incomplete,
        too_long=found.too_long,
        parts_typical=found.typical,
        parts_worst=found.worst,
        ucs2=found.ucs2,
        foreign_characters=[
            SeenCharacterView(character=character, name=name_of(character), people=people) for character, people in found.foreign
        ],
    )


def _view(checked: Checked) -> CheckedView:
    return CheckedView(
        region=checked.region,
        body=checked.body,
        encoding=checked.parts.encoding,
        parts=checked.parts.parts,
        foreign_characters=foreign_views(checked.foreign),
        foreign_kinds=checked.foreign.kinds,
        parts_without_foreign=checked.foreign.parts_without,
        objections=[FindingView(rule=found.rule, source=found.source, detail=found.detail) for found in checked.objections],
        advice=[advice_view(advice) for advice in checked.advice],
    )


@router.post(
    "/{template_id}/check",
    status_code=200,
    summary="Check a template's text",
    response_model=ChecksView,
    responses=documented(404, 409),
)
async def check(
    template_id: TemplateId,
    body: CheckIn,
    caller: Annotated[Caller, caller_with("templates:read")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Says for each region what would be sent, what the rules object to, and what is advised beside. Sends nothing.

    It is tried on up to 500 contacts, too: which values they lack, and how many parts they would get.
    Ages are not known here: a text that only adults may read is objected to, and goes to those whose age is verified.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> ChecksView:
        shown = await preview_template(
            tx,
            context,
            workspace_id=caller.workspace_id,
            template_id=template_id,
            version=body.version,
            values={"locale": body.locale, **body.values} if body.locale else body.values,
            contact_id=body.contact_id,
        )
        reading = Reading(
            regions=list(dict.fromkeys(body.regions)),
            purpose=body.purpose,
            brand=body.brand,
            sender_id=body.sender_id,
            locale=body.locale,
        )
        found = await check_text(
            tx, context, workspace_id=caller.workspace_id, channel=shown.channel, body=shown.body, reading=reading, now=now
        )
        policy = await read_policy(tx, workspace_id=caller.workspace_id, now=now)
        plain = policy.market.plain_letters and shown.channel is Channel.SMS
        people = await sample_text(tx, context, shown.template, workspace_id=caller.workspace_id, plain=plain)
        return ChecksView(items=[_view(checked) for checked in found], people=_sampled_view(people))

    return await posting.answer(caller, work, status=200)
