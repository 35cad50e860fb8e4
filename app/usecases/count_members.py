"""What would become of an audience? Each member decided and worded on the first way, and on the next where that is closed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain.advice import SELLS, without_values
from app.domain.decision import ALLOW, Decision, Verdict, stand_down
from app.domain.findings import Member, Words
from app.domain.findings_by_way import FindingsByWay
from app.domain.message import State
from app.domain.parts import count_parts
from app.domain.split import held_out
from app.storage.database import Row, Transaction
from app.storage.members import audience_page
from app.usecases.compose import Composer
from app.usecases.context import Context
from app.usecases.decide_alike import Decider, is_own_to_one
from app.usecases.materialise import facts_by_phone
from app.usecases.merge_values import values_for
from app.usecases.preflight_plan import Plan, render_for

PAGE = 2_000
_SLICE = 100  # members between two looks at what else the process has to do: some milliseconds


def both(decision: Decision, judged: Decision) -> Decision:
    """A member's decision with what is said of the text: no rule on content ever waits."""
    if judged.verdict is Verdict.ALLOW:
        return decision
    return Decision(Verdict.NEVER, None, (*decision.reasons, *judged.reasons))


def closes_on(decision: Decision, words: Words) -> str:
    """Why a message is refused on a way, and another may be tried; "" where it goes, waits, or is too late on any."""
    if decision.verdict is Verdict.NEVER:
        state, reason = stand_down(decision)
        return "" if state is State.EXPIRED else reason
    return words.problem or ("content.missing_field" if words.missing else "")


class Way:
    """Decides and words members on one way of a plan."""

    def __init__(self, context: Context, plan: Plan) -> None:
        self.plan = plan
        self._decider = Decider(context.rules, plan.terms, now=plan.at)
        self._composer = Composer(context.rules, plan.terms, now=plan.at)
        at_launch = replace(plan.terms, sender=None, counts=False)
        self._launching = Decider(context.rules, at_launch, now=plan.at)

    def decide(self, row: Row, variant: str) -> tuple[Decision, Words]:
        """What becomes of a member here, and what the text comes to."""
        words, judged = self._words(self.plan.of(variant), row)
        return both(self._decider.decide(row), judged), words

    def leads_on(self, row: Row) -> bool:
        """Whether one who is refused here goes on, as at the launch: to the same family of channels not by the rules' word."""
        return self.plan.changes_family or self._launching.decide(row).verdict is not Verdict.NEVER

    def _words(self, plan: Plan, row: Mapping[str, Any]) -> tuple[Words, Decision]:
        """What the text comes to, and what the rules say of what it holds."""
        rendered = render_for(plan, row)
        if isinstance(rendered, Words):
            return rendered, ALLOW
        marked = plan.tracking.mark(rendered[0])
        body, rich = self._composer.fit(marked.text, rendered[1])
        body, content = self._composer.finish(body, row, rich=rich, behind=marked.behind)
        advised = self._composer.advice(row, content)
        selling = without_values(content.marketing, plan.template.literals) if SELLS in advised else ()
        without = plan.template.lacking(values_for(row, opt_out=lambda _: plan.opt_out))
        words = Words(count=count_parts(body), without=without, advised=advised, selling=selling)
        return words, self._composer.judge(row, content)


async def count_page(
    tx: Transaction, context: Context, plan: Plan, found: FindingsByWay, *, after: UUID | None, up_to: UUID | None
) -> tuple[UUID | None, bool]:
    """Decide and render the next page of members into the findings: (the last of them, whether there may be more)."""
    page = await audience_page(tx, plan.asked, after=after, up_to=up_to, limit=PAGE)
    if not page:
        return after, False
    members: Sequence[tuple[UUID, str]] = page
    for place, way in enumerate(plan.ways):
        if not members:
            break
        rows = await facts_by_phone(
            tx,
            way.terms,
            workspace_id=plan.workspace_id,
            sender_id=way.sender_id,
            phones=[phone for _, phone in members],
            now=plan.at,
        )
        members = await _count(Way(context, way), place, members, rows, found)
    return page[-1][0], len(page) == PAGE


async def _count(
    way: Way, place: int, members: Sequence[tuple[UUID, str]], rows: Mapping[str, Row], found: FindingsByWay
) -> list[tuple[UUID, str]]:
    """Count the members of a way; those who go on to the next are left."""
    going_on: list[tuple[UUID, str]] = []
    for start in range(0, len(members), _SLICE):
        for contact_id, phone in members[start : start + _SLICE]:
            row = rows.get(phone)
            if row is not None and not _count_one(way, place, contact_id, row, found):  # None: gone since the page was read
                going_on.append((contact_id, phone))
        await asyncio.sleep(0)
    return going_on


def _count_one(way: Way, place: int, contact_id: UUID, row: Row, found: FindingsByWay) -> bool:
    """Count one member here; False when it goes on."""
    plan = way.plan
    plain = not is_own_to_one(row, plan.terms.market)
    member = Member(contact_id=contact_id, region=row["region"], area=area_of(row), plain=plain)
    variant = plan.split.of(plan.campaign_id, row["phone"]) if plan.campaign_id else ""
    if variant is None:
        found.of[place].add(member, held_out(), Words())
        return True
    decision, words = way.decide(row, variant)
    is_last = place + 1 == len(found.of)
    reason = "" if is_last else closes_on(decision, words)
    if reason and (place > 0 or way.leads_on(row)):
        found.passed_on[place][reason] += 1
        return False
    found.of[place].add(member, decision, words)
    return True


def area_of(row: Mapping[str, Any]) -> str:
    """What a number's hours go by, as far as one word can say: its area code in North America, elsewhere its country."""
    area: str = row["phone"][:5] if row["phone"].startswith("+1") else row["region"]
    return f"{area} {row['time_zone']}" if row["time_zone"] else area
