"""May this number get this message, and why not? One question, any instant; and the book of rules behind the answer."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from app.domain.decision import Decision, Verdict
from app.domain.errors import InvalidField
from app.domain.message import Channel, Purpose
from app.domain.number import NumberProblem
from app.domain.rules.consent import standing
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.problems import documented
from app.http.shapes import Instant, Page, Shape, Text, View
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.explain_decision import Question, explain_decision
from app.usecases.read_phone import DefaultRegion, read_phone

router = APIRouter(tags=["decisions"])


class DecisionIn(Shape):
    """The question."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"to": "+12125550142", "channel": "sms", "purpose": "marketing", "at": "2026-11-27T03:00:00Z"}]
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


class ReasonView(View):
    """One rule that objected."""

    rule: str = Field(examples=["time.quiet.us.federal"])
    source: str = Field(examples=["47 CFR 64.1200(c)(1)"])
    detail: str = Field(examples=["22:30 in America/New_York; open 08:00 to 21:00"])
    until: datetime | None = Field(default=None, description="When this rule alone would no longer object; null is never")


class DecisionView(View):
    """The answer, with every rule that objected."""

    verdict: Verdict
    until: datetime | None = Field(description="For `wait`: the first instant at which no rule objects")
    reasons: list[ReasonView]
    at: datetime
    to: str
    channel: Channel
    purpose: Purpose
    region: str = Field(description="ISO 3166 alpha-2, empty where the number has none", examples=["US"])
    number_kind: str = Field(examples=["fixed_line_or_mobile"])
    zones: list[str] = Field(description="Every zone the person may be in", examples=[["America/New_York"]])
    consent: str = Field(examples=["given"])


class RuleView(View):
    """One rule of the book."""

    rule: str = Field(examples=["consent.missing"])
    source: str


def reasons_view(decision: Decision) -> list[ReasonView]:
    """Objections as the API shows them."""
    return [
        ReasonView(rule=reason.rule, source=reason.source, detail=reason.detail, until=reason.until)
        for reason in decision.reasons
    ]


@router.post(
    "/decisions",
    summary="May this number get this message?",
    responses=documented(409),
    response_model=DecisionView,
    status_code=200,
)
async def decide_one(
    body: DecisionIn, context: ContextDep, posting: PostingDep, caller: Annotated[Caller, caller_with("decisions:read")]
) -> Response:
    """Asks every rule, for any instant, whether or not the number is a known contact, and changes nothing.

    `allow`, `wait` (with `until`) or `never`; each objection carries its rule, its source and the facts it saw. The same rules
    decide before a launch, at the hand-over and here.
    """
    now = context.clock.now()
    number, _ = read_phone(body.to, default_region=body.default_region, pointer="/body/to")

    async def work(tx: Transaction) -> DecisionView:
        question = Question(
            workspace_id=caller.workspace_id,
            to=number.e164,
            channel=body.channel,
            purpose=body.purpose,
            at=body.at or now,
            not_after=body.not_after,
        )
        try:
            explained = await explain_decision(tx, context, question, now=now)
        except NumberProblem as problem:
            raise InvalidField(problem.detail, pointer="/body/to", code=problem.code) from problem
        facts = explained.facts
        zones = {*facts.number.zones, *(zone for place in facts.places for zone in place.zones)}
        return DecisionView(
            verdict=explained.decision.verdict,
            until=explained.decision.until,
            reasons=reasons_view(explained.decision),
            at=question.at,
            to=number.e164,
            channel=body.channel,
            purpose=body.purpose,
            region=facts.number.region,
            number_kind=facts.number.kind,
            zones=sorted(zones),
            consent=standing(facts).state,
        )

    return await posting.answer(caller, work, status=200)


@router.get("/rules", summary="The book of rules", responses=documented())
async def list_rules(context: ContextDep, _: Annotated[Caller, caller_with("decisions:read")]) -> Page[RuleView]:
    """Every rule a decision asks, with the law or policy it stands on."""
    return Page(items=[RuleView(rule=rule.code, source=rule.source) for rule in context.rules])
