"""May this number get this message, and why not? One question, any instant; and the book of rules behind the answer."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from app.domain.advice import advice_on
from app.domain.consent_check import standing
from app.domain.decision import Decision, Verdict
from app.domain.errors import InvalidField
from app.domain.facts import Ground
from app.domain.message import Channel, Purpose
from app.domain.number import NumberProblem
from app.domain.zones import zone_data_version
from app.http.advice_shapes import AdviceView, advice_view
from app.http.assumed_shapes import Assumed
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.ids import SenderId
from app.http.problems import documented
from app.http.shapes import Instant, Shape, Text, View
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.explain_decision import Explained, Question, explain_decision
from app.usecases.read_phone import DefaultRegion, read_phone

router = APIRouter(tags=["decisions"])


class DecisionIn(Shape):
    """The question. What is left out is taken from the record; `assume` asks about facts that are not (yet) there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"to": "+12125550142", "channel": "sms", "purpose": "marketing", "at": "2026-11-27T03:00:00Z"},
                {
                    "to": "+13055550142",
                    "channel": "sms",
                    "at": "2026-11-24T15:00:00Z",
                    "assume": {"consents": [{"kind": "express_written", "since": "2026-10-01T12:00:00Z"}]},
                },
            ]
        }
    )

    to: Annotated[
        Text, Field(min_length=1, max_length=64, description="The number, E.164 or national", examples=["+12125550142"])
    ]
    default_region: DefaultRegion | None = None
    channel: Channel = Field(examples=["sms"])
    purpose: Purpose = Field(default=Purpose.MARKETING, examples=["marketing"])
    at: Instant | None = Field(default=None, description="Any instant, past or future; now when left out")
    not_after: Instant | None = Field(default=None, description="The message's own end, if it has one")
    sender_id: SenderId | None = Field(default=None, description="From which sender; carriers block pairs")
    technology: Literal["live", "recorded", "ai_voice"] | None = Field(
        default=None, description="For calls: who speaks; a recording when left out"
    )
    ground: Literal["emergency", "user_initiated"] | None = Field(
        default=None, description="A message about danger to health or safety, or one the person has just asked for"
    )
    reply_to: Literal["STOP", "START", "HELP", "WHO", "PROMO"] | None = Field(
        default=None, description="The keyword this message answers"
    )
    brand: Annotated[Text, Field(max_length=200, description="Whose message it is, when the workspace has several brands")] = ""
    topic: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9_-]*$", description="The topic within marketing")] = ""
    subject: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9_-]*$", description="What statutory caps count by")] = ""
    body: Annotated[Text, Field(min_length=1, max_length=1600)] | None = Field(
        default=None,
        description="The text, or what a recording says, to be read for what it holds; rules on content rest without it",
    )
    assume: Assumed | None = None

    def question(self, *, workspace_id: UUID, to: str, now: datetime) -> Question:
        """As the use case takes it."""
        assumed = self.assume
        return Question(
            workspace_id=workspace_id,
            to=to,
            channel=self.channel,
            purpose=self.purpose,
            at=self.at or now,
            not_after=self.not_after,
            sender_id=self.sender_id,
            technology=self.technology or "",
            ground=Ground(self.ground or ""),
            reply_to=self.reply_to,
            brand=self.brand,
            topic=self.topic,
            subject=self.subject,
            body=self.body,
            assumed=assumed.facts_fields(self.channel) if assumed else {},
            assumed_market=assumed.policy.market_fields() if assumed and assumed.policy else {},
            assumed_kind=assumed.number_kind if assumed else None,
        )


class ReasonView(View):
    """One rule that objected."""

    rule: str = Field(examples=["time.quiet.us.federal"])
    source: str = Field(examples=["47 CFR 64.1200(c)(1)"])
    detail: str = Field(examples=["22:30 in America/New_York; open 08:00 to 21:00"])
    until: datetime | None = Field(default=None, description="When this rule alone would no longer object; null is never")
    awaits: str = Field(
        default="",
        description="What somebody has to do before it stops objecting; it is then a wait without an instant",
        examples=["a newer file of the registry"],
    )


class PermissionView(View):
    """One rule that lifts what would otherwise hold; it explains an allow."""

    rule: str = Field(examples=["purpose.transactional_exempt"])
    source: str
    detail: str


class PlaceView(View):
    """One place the person may be in, with what says so."""

    region: str = Field(examples=["US-CA"])
    zones: list[str]
    strength: str = Field(examples=["declared"])
    evidence: str = Field(examples=["postal code 90012"])


class DecisionView(View):
    """The answer, with every rule that objected."""

    verdict: Verdict
    until: datetime | None = Field(
        description="For `wait`: the first instant at which no rule objects; null when a reason awaits somebody's act"
    )
    reasons: list[ReasonView]
    permissions: list[PermissionView]
    at: datetime
    to: str
    channel: Channel
    purpose: Purpose
    region: str = Field(description="ISO 3166 alpha-2, empty where the number has none", examples=["US"])
    subdivision: str = Field(description="State or province of the area code, empty where it has none", examples=["NY"])
    number_kind: str = Field(examples=["fixed_line_or_mobile"])
    fictional: bool = Field(description="Kept free for books and films: no phone has it")
    zones: list[str] = Field(description="Every zone the person may be in", examples=[["America/New_York"]])
    places: list[PlaceView]
    body: str | None = Field(description="The text asked about as it would be sent, with what the reader's law wants in it")
    advice: list[AdviceView] = Field(
        description="On the text asked about: what carriers advise it to hold, and that a transactional one sells where that is "
        "not refused. It changes no verdict"
    )
    consent: str = Field(description="The state of the consent that says most", examples=["given"])
    profile: str = Field(examples=["strict"])
    zone_data: str = Field(description="The version of the time zone data it was decided with", examples=["2026f"])


def reasons_view(decision: Decision) -> list[ReasonView]:
    """Objections as the API shows them."""
    return [
        ReasonView(rule=reason.rule, source=reason.source, detail=reason.detail, until=reason.until, awaits=reason.awaits)
        for reason in decision.reasons
    ]


def _view(explained: Explained) -> DecisionView:
    decision, facts = explained.decision, explained.facts
    zones = {*facts.number.zones, *(zone for place in facts.places for zone in place.zones)}
    return DecisionView(
        verdict=decision.verdict,
        until=decision.until,
        reasons=reasons_view(decision),
        permissions=[
            PermissionView(rule=permission.rule, source=permission.source, detail=permission.detail)
            for permission in decision.permissions
        ],
        at=facts.now,
        to=facts.number.e164,
        channel=facts.channel,
        purpose=facts.purpose,
        region=facts.number.region,
        subdivision=facts.number.subdivision,
        number_kind=facts.number.kind,
        fictional=facts.number.fictional,
        zones=sorted(zones),
        places=[
            PlaceView(region=place.region, zones=list(place.zones), strength=place.strength, evidence=place.evidence)
            for place in facts.places
        ],
        body=explained.body,
        advice=[advice_view(advice) for advice in advice_on(facts)],
        consent=standing(facts).state,
        profile=facts.market.profile,
        zone_data=zone_data_version(),
    )


@router.post(
    "/decisions",
    summary="May this number get this message?",
    responses=documented(404, 409),
    response_model=DecisionView,
    status_code=200,
)
async def decide_one(
    body: DecisionIn, context: ContextDep, posting: PostingDep, caller: Annotated[Caller, caller_with("decisions:read")]
) -> Response:
    """Asks every rule, for any instant, whether or not the number is a known contact, and changes nothing.

    `allow`, `wait` (with `until`) or `never`; each objection carries its rule, its source and the facts it saw. The same rules
    decide before a launch, at the hand-over and here. With `assume` the question is about facts that are not on record: another
    consent, other sends, a place, a registry's answer, another policy. With `body` the text is judged too, and `advice` tells
    what it had better hold or leave out.
    """
    now = context.clock.now()
    number, _ = read_phone(body.to, default_region=body.default_region, pointer="/body/to")
    question = body.question(workspace_id=caller.workspace_id, to=number.e164, now=now)

    async def work(tx: Transaction) -> DecisionView:
        try:
            return _view(await explain_decision(tx, context, question, now=now))
        except NumberProblem as problem:
            raise InvalidField(problem.detail, pointer="/body/to", code=problem.code) from problem

    return await posting.answer(caller, work, status=200)
