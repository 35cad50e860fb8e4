"""What would change for those who wait to be launched, if the rules had been others? Every scheduled audience decided twice."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from app.clock import new_id
from app.domain.book import Pack
from app.domain.decision import Decision, Rule, Verdict
from app.domain.errors import InvalidField
from app.domain.findings import Words
from app.domain.rich import Content
from app.providers.registry import installed
from app.storage.campaigns import scheduled_campaigns
from app.storage.database import Database, Row
from app.storage.members import audience_page, count_up_to
from app.usecases.compose import Composer
from app.usecases.count_members import both
from app.usecases.decide_alike import Decider
from app.usecases.gather_facts import Terms
from app.usecases.materialise import facts_by_phone
from app.usecases.preflight_plan import Plan, frozen_campaign, open_plan, render_for

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
    """What changes for one campaign. `changed` members differ at all; one of them may differ by several rules.

    `reworded` members would be sent another text, whatever is decided: what has to be said to them is added to it.
    """

    workspace_id: UUID
    campaign_id: UUID
    name: str
    at: datetime
    members: int = 0
    changed: int = 0
    reworded: int = 0
    shifts: Counter[Shift] = field(default_factory=Counter)
    problem: str = ""


class _Side:
    """One of the two packs: what it says of the members of a campaign."""

    def __init__(self, rules: Sequence[Rule], terms: Terms, *, at: datetime) -> None:
        self.terms = terms
        self._decider = Decider(rules, terms, now=at)
        self._composer = Composer(rules, terms, now=at)

    def decide(self, row: Row, rendered: tuple[str, Content] | Words) -> tuple[Decision, str]:
        """What is decided, and the text as it would be sent ("" where there is none, which no pack changes)."""
        decision = self._decider.decide(row)
        if isinstance(rendered, Words):
            return decision, ""
        body, rich = self._composer.fit(*rendered)
        body, content = self._composer.finish(body, row, rich=rich)
        return both(decision, self._composer.judge(row, content)), body


async def compare_packs(
    db: Database, rules: Sequence[Rule], *, before: Pack, after: Pack, now: datetime, tell: Tell
) -> list[CampaignShift]:
    """Decide every scheduled campaign's audience, at its instant, by both packs; nothing is written. In the order they go.

    Every rule is asked, those on texts of the text each member would read, as a preflight does it.
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
        sides = [_Side(rules, _by(plan.terms, pack), at=plan.at) for pack in (before, after)]
        last: UUID | None = None
        while page := await _page(db, plan, _looking_furthest_back(sides, plan.at), last):
            rows, last = page
            for row in rows.values():
                rendered = render_for(plan, row)
                (was, read), (will, reads) = (side.decide(row, rendered) for side in sides)
                _compare(shift, was, will)
                shift.reworded += read != reads
            done += len(rows)
            tell(done, max(total, done))
    return found


async def _opened(db: Database, campaign: Row, at: datetime, now: datetime) -> tuple[Plan, int]:
    async with db.transaction() as tx:
        kept = await frozen_campaign(tx, campaign)
        plan = await open_plan(tx, installed(), kept, workspace_id=campaign["workspace_id"], at=at, now=now)
        return plan, await count_up_to(tx, plan.asked, up_to=new_id())


def _by(terms: Terms, pack: Pack) -> Terms:
    return replace(terms, market=replace(terms.market, pack=pack))


def _looking_furthest_back(sides: Iterable[_Side], at: datetime) -> Terms:
    """The terms by which most of what was sent before is read: the longest cap of either pack counts it."""
    return min((side.terms for side in sides), key=lambda terms: terms.sends_since(at) or at)


async def _page(db: Database, plan: Plan, terms: Terms, after: UUID | None) -> tuple[Mapping[str, Row], UUID] | None:
    async with db.transaction() as tx:
        page = await audience_page(tx, plan.asked, after=after, up_to=None, limit=_PAGE)
        if not page:
            return None
        phones = [phone for _, phone in page]
        ids = {"workspace_id": plan.workspace_id, "sender_id": plan.sender_id}
        return await facts_by_phone(tx, terms, **ids, phones=phones, now=plan.at), page[-1][0]


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
