"""What would one person get from a campaign? Its text for a contact, with who sends it, when, and whether it may go."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from app.domain.foreign_characters import foreign_characters
from app.domain.message import Channel
from app.domain.parts import Encoding
from app.domain.rich import content_json
from app.http.content_shapes import ContentView
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.ids import CampaignId, ContactId
from app.http.preview_shapes import ForeignCharacterView, foreign_views
from app.http.problems import documented
from app.http.sender_pools import ChoiceView, choice_view
from app.http.shapes import Instant, Shape, View
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.preview_campaign import CampaignPreview, preview_campaign

router = APIRouter(prefix="/campaigns", tags=["campaigns"])


class CampaignPreviewIn(Shape):
    """Whose view to take."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"contact_id": "con_01jdd00000e008000000000001"}]})

    contact_id: ContactId


class ObjectionView(View):
    """One rule that objects."""

    rule: str
    source: str
    detail: str
    until: Instant | None


class PassedView(View):
    """A way that is closed to the contact, and another follows."""

    channel: Channel
    reason: str


_EXAMPLE: dict[str, Any] = {
    "channel": "sms",
    "passed_on": [{"channel": "voice", "reason": "consent.missing"}],
    "verdict": "allow",
    "until": None,
    "reasons": [],
    "body": "Blue Shop: hi Maya, 20% off until Sunday. Reply STOP to opt out",
    "content": None,
    "encoding": "gsm7",
    "parts": 1,
    "foreign_characters": [],
    "foreign_kinds": 0,
    "parts_without_foreign": 1,
    "problem": "",
    "missing": [],
    "variant": "A",
    "held_out": False,
    "sender": None,
    "due_at": None,
}


class CampaignPreviewView(View):
    """A campaign as one contact would get it now."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    channel: Channel = Field(description="Of the way it would go by")
    passed_on: list[PassedView] = Field(description="Ways before that the rules close to this contact, in order")
    verdict: str = Field(description="What the rules say now: `allow`, `wait` or `never`", examples=["allow"])
    until: Instant | None
    reasons: list[ObjectionView]
    body: str = Field(description="The text as it would leave, with what the law wants added; empty where there is none")
    content: ContentView | None
    encoding: Encoding | None
    parts: int | None
    foreign_characters: list[ForeignCharacterView] = Field(description="What keeps it out of GSM-7: the first fifty kinds")
    foreign_kinds: int
    parts_without_foreign: int = Field(description="Parts with all of them written plainly, or left out")
    problem: str = Field(description="Why there is no text", examples=["content.missing_field"])
    missing: list[str] = Field(description="The values it lacks")
    variant: str | None = Field(description="The one it gets; empty where one text goes to all")
    held_out: bool
    sender: ChoiceView | None = Field(description="Whom the pool would choose; null where the campaign has one sender")
    due_at: Instant | None = Field(description="When its turn comes, where the campaign is laid out in time")


def _view(found: CampaignPreview) -> CampaignPreviewView:
    stored = content_json(found.content)
    reasons = [
        ObjectionView(rule=one.rule, source=one.source, detail=one.detail, until=one.until) for one in found.decision.reasons
    ]
    foreign = foreign_characters(found.body)
    return CampaignPreviewView(
        channel=found.channel,
        passed_on=[PassedView(channel=channel, reason=reason) for channel, reason in found.passed_on],
        verdict=found.decision.verdict.value,
        until=found.decision.until,
        reasons=reasons,
        body=found.body,
        content=None if stored is None else ContentView(**stored),
        encoding=None if found.parts is None else found.parts.encoding,
        parts=None if found.parts is None else found.parts.parts,
        foreign_characters=foreign_views(foreign),
        foreign_kinds=foreign.kinds,
        parts_without_foreign=foreign.parts_without,
        problem=found.problem,
        missing=list(found.missing),
        variant=found.variant,
        held_out=found.variant is None,
        sender=None if found.choice is None else choice_view(found.choice),
        due_at=found.due_at,
    )


@router.post(
    "/{campaign_id}/preview",
    status_code=200,
    summary="Preview it as a contact",
    response_model=CampaignPreviewView,
    responses=documented(404, 409),
)
async def preview(
    campaign_id: CampaignId,
    body: CampaignPreviewIn,
    caller: Annotated[Caller, caller_with("campaigns:read")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Shows what a contact would get if the campaign went now: its variant's text with its values, completed as it would leave.

    Tells whether it may go, from whom and when, too. Nothing is written; the contact need not be in the audience.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> CampaignPreviewView:
        found = await preview_campaign(
            tx, context, workspace_id=caller.workspace_id, campaign_id=campaign_id, contact_id=body.contact_id, now=now
        )
        return _view(found)

    return await posting.answer(caller, work, status=200)
