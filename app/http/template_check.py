"""What would the rules say of a template's text, read in these countries? Asked before anyone is chosen to read it."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import AfterValidator, ConfigDict, Field

from app.domain.message import Purpose
from app.domain.parts import Encoding
from app.domain.regions import is_region
from app.http.about_shapes import BRAND, Brand
from app.http.advice_shapes import AdviceView, advice_view
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.ids import ContactId, SenderId, TemplateId
from app.http.preview_shapes import Version
from app.http.problems import documented
from app.http.shapes import Shape, Text, View
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.check_text import Checked, Reading, check_text
from app.usecases.preview_template import preview_template

router = APIRouter(prefix="/templates", tags=["templates"])

_MOST_REGIONS = 50
_CHECK: dict[str, Any] = {
    "region": "CA",
    "body": "Acme Shoes: Hi Maya, 20% off. Reply STOP to opt out",
    "encoding": "gsm7",
    "parts": 1,
    "objections": [
        {
            "rule": "content.identification_missing",
            "source": "CASL s. 6(2) and 11; SOR/2012-36 s. 2 and 3",
            "detail": "the text does not say who sends it and where they are reached",
        }
    ],
    "advice": [],
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
    objections: list[FindingView] = Field(description="Why it would be refused there; empty: nothing in the text would stop it")
    advice: list[AdviceView] = Field(description="What carriers advise, and what a transactional text sells that is not refused")


class ChecksView(View):
    """The text in each region asked about."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CHECK]}]})

    items: list[CheckedView]


def _view(checked: Checked) -> CheckedView:
    return CheckedView(
        region=checked.region,
        body=checked.body,
        encoding=checked.parts.encoding,
        parts=checked.parts.parts,
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
        return ChecksView(items=[_view(checked) for checked in found])

    return await posting.answer(caller, work, status=200)
