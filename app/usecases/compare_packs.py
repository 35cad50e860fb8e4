"""What would change for those who wait to be launched, if the rules had been others? Every scheduled audience decided twice."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from app.clock import new_id
from app.domain.book import Pack
from app.domain.decision import Decision, Rule, Verdict
from app.domain.errors import InvalidField
from app.storage.audiences import audience_page
from app.storage.campaigns import scheduled_campaigns
from app.storage.database import Database, Row
from app.storage.preflights import count_audience
from app.usecases.gather_facts import Decider, Terms
from app.usecases.materialise import facts_by_phone
from app.usecases.preflight_plan import Plan, frozen_campaign, open_plan

_PAGE = 2_000

Tell = Callable[[int, int], None]
"""Told how many members are decided, and how many there are."""


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """One way in which decisions differ: `rule` objects and did not ("+code"), no longer does ("-code"), or until another T."""

    before: Verdict
    after: Verdict
    rule: str


@dataclass(slots=True)
class CampaignShift:
    """What changes for one campaign. `changed` members differ at all; one of them may differ by several rules."""

    workspace_id: UUID
    campaign_id: UUID
    name: str
    at: datetime
    members: int = 0
    changed: int = 0
    shifts: Counter[Shift] = field(default_factory=Counter)
    problem: str = ""


async def compare_packs(
    db: Database, rules: Sequence[Rule], *, before: Pack, after: Pack, now: datetime, tell: Tell
) -> list[CampaignShift]:
    """Decide every scheduled campaign's audience, at its instant, by both packs; nothing is written. In the order they go.

    A campaign that cannot be decided (its text no longer compiles) has a `problem` instead.
    """
    async with db.transaction() as tx:
        campaigns = await scheduled_campaigns(tx)
    found: list[CampaignShift] = []
    plans: list[tuple[CampaignShift, Plan]] = []
    total = 0
    for campaign in campaigns:
        shift = CampaignShift(campaign["workspace_id"], campaign["id"], campaign["name"], max(campaign["scheduled_at"], now))
        found.append(shift)
        try:
            plan, members = await _opened(db, campaign, shift.at, now)
        except InvalidField as problem:
            shift.problem = problem.detail
            continue
        plans.append((shift, plan))
        total += members
    done = 0
    for shift, plan in plans:
        deciders = [Decider(rules, _by(plan.terms, pack), now=plan.at) for pack in (before, after)]
        last: UUID | None = None
        while page := await _page(db, plan, last):
            rows, last = page
            for row in rows.values():
                _compare(shift, deciders[0].decide(row), deciders[1].decide(row))
            done += len(rows)
            tell(done, max(total, done))
    return found


async def _opened(db: Database, campaign: Row, at: datetime, now: datetime) -> tuple[Plan, int]:
    async with db.transaction() as tx:
        kept = await frozen_campaign(tx, campaign)
        plan = await open_plan(tx, kept, workspace_id=campaign["workspace_id"], at=at, now=now)
        return plan, await count_audience(tx, workspace_id=plan.workspace_id, node=plan.node, up_to=new_id())


def _by(terms: Terms, pack: Pack) -> Terms:
    return replace(terms, market=replace(terms.market, pack=pack))


async def _page(db: Database, plan: Plan, after: UUID | None) -> tuple[Mapping[str, Row], UUID] | None:
    async with db.transaction() as tx:
        page = await audience_page(tx, workspace_id=plan.workspace_id, node=plan.node, after=after, up_to=None, limit=_PAGE)
        if not page:
            return None
        phones = [phone for _, phone in page]
        ids = {"workspace_id": plan.workspace_id, "sender_id": plan.sender_id}
        return await facts_by_phone(tx, plan.terms, **ids, phones=phones, now=plan.at), page[-1][0]


def _compare(shift: CampaignShift, before: Decision, after: Decision) -> None:
    shift.members += 1
    codes = [{reason.rule for reason in decision.reasons} for decision in (before, after)]
    if (before.verdict, before.until, codes[0]) == (after.verdict, after.until, codes[1]):
        return
    shift.changed += 1
    told = [f"+{code}" for code in sorted(codes[1] - codes[0])] + [f"-{code}" for code in sorted(codes[0] - codes[1])]
    for rule in told or [_latest(after)]:
        shift.shifts[Shift(before.verdict, after.verdict, rule)] += 1


def _latest(decision: Decision) -> str:
    """The rule that holds longest, where the same rules objected before and only the instant is another."""
    holding = [reason for reason in decision.reasons if reason.until == decision.until]
    return (holding or list(decision.reasons))[0].rule if decision.reasons else ""
