"""What does a preflight tell? Its findings put in order, what they cost, and when the last of them would be gone."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.decision import Rule, Verdict, decide
from app.domain.findings import Findings
from app.domain.findings_by_way import FindingsByWay
from app.domain.forecast import Batch, Forecast, Opens, forecast
from app.storage.database import Row, Transaction
from app.storage.preflights import phones_of_contacts
from app.usecases.context import Context
from app.usecases.gather_facts import Terms, facts_of
from app.usecases.materialise import facts_by_phone
from app.usecases.preflight_plan import Plan

Report = dict[str, Any]


async def make_report(tx: Transaction, context: Context, plan: Plan, found: FindingsByWay) -> Report:
    """The report as it is kept: JSON that names members by the ids of their contacts alone, so that it outlives an erasure."""
    ahead = [await _forecast(tx, context, way, counted) for way, counted in zip(plan.ways, found.of, strict=True)]
    finishes = _last_of(ahead, found.of)
    findings = found.whole()
    hours = findings.deferred()
    return {
        "at": plan.at.isoformat(),
        "audience": findings.members,
        "verdicts": {verdict.value: findings.verdicts.get(verdict, 0) for verdict in Verdict},
        "reasons": _reasons(findings),
        "ways": _ways(plan, found),
        "objections": _objections(findings),
        "waits_from": findings.waits[0] if findings.waits else None,
        "waits_until": findings.waits[1] if findings.waits else None,
        "deferred": [{"hour": hour.isoformat(), "members": members, "parts": parts} for hour, members, parts in hours],
        "awaiting": [{"awaits": awaits, "members": members} for awaits, members in findings.awaits.most_common()],
        "content": _content(findings),
        **_bill(findings, plan.policy.stored.get("prices") or {}),
        "too_late": {
            "not_after": None if plan.terms.not_after is None else plan.terms.not_after.isoformat(),
            "by_rule": findings.closes.get("time.not_after", 0),
            "by_rate": sum(one.late for one in ahead),
        },
        "forecast": {
            "starts_at": plan.at.isoformat(),
            "parts_per_second": plan.rate,
            "parts": sum(findings.parts.values()),
            "finishes_at": None if finishes is None else finishes.isoformat(),
            "unreached": sum(one.unreached for one in ahead),
        },
        "sample": findings.shown,
    }


def _last_of(ahead: Sequence[Forecast], found: Sequence[Findings]) -> datetime | None:
    """When the last of all ways would be gone: they are worked off side by side. None where nobody goes, or not all do."""
    ends = [one.finishes_at for one, counted in zip(ahead, found, strict=True) if counted.backlog]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _ways(plan: Plan, found: FindingsByWay) -> list[dict[str, Any]]:
    """Where members would go or stay, way by way, and why the others left it."""
    return [
        {
            "channel": way.terms.channel.value,
            "members": counted.members,
            "verdicts": {verdict.value: counted.verdicts.get(verdict, 0) for verdict in Verdict},
            "passed_on": dict(reasons.most_common()),
            "parts_per_second": way.rate,
        }
        for way, counted, reasons in zip(plan.ways, found.of, found.passed_on, strict=True)
    ]


def _reasons(findings: Findings) -> list[dict[str, Any]]:
    never = [{"verdict": "never", "reason": reason, "members": members} for reason, members in findings.closes.most_common()]
    wait = [{"verdict": "wait", "reason": reason, "members": members} for reason, members in findings.held.most_common()]
    return never + wait


def _objections(findings: Findings) -> list[dict[str, Any]]:
    ordered = sorted(findings.objections.items(), key=lambda item: (-item[1].members, item[0]))
    return [{"rule": rule, "source": row.source, "members": row.members, "sample": row.samples} for rule, row in ordered]


def _content(findings: Findings) -> dict[str, Any]:
    sizes = sorted((int(size), members) for size, members in findings.sizes.items())
    return {
        "sampled": findings.members,
        "missing": dict(findings.missing.most_common()),
        "without": dict(findings.without.most_common()),
        "incomplete": findings.text.get("content.missing_field", 0),
        "empty": findings.text.get("content.empty", 0),
        "too_long": findings.text.get("content.too_long", 0),
        "advised": dict(findings.advised.most_common()),
        "selling": dict(findings.selling.most_common()),
        "parts_min": sizes[0][0] if sizes else 0,
        "parts_typical": _middle(sizes),
        "parts_max": sizes[-1][0] if sizes else 0,
        "parts_total": sum(findings.parts.values()),
    }


def _middle(sizes: Sequence[tuple[int, int]]) -> int:
    """The lower median of (value, how many) in ascending order; 0 of none."""
    half = (sum(members for _, members in sizes) + 1) // 2
    for size, members in sizes:
        half -= members
        if half <= 0:
            return size
    return 0


def _bill(findings: Findings, prices: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Parts by country and encoding, with what they cost where the workspace has a price for the country."""
    rows: list[dict[str, Any]] = []
    sums: dict[str, Decimal] = {}
    unpriced = 0
    for region, encoding, messages, parts in findings.bill():
        price = prices.get(region)
        cost = None
        if price is None:
            unpriced += parts
        else:
            amount, currency = Decimal(price["amount"]) * parts, price["currency"]
            sums[currency] = sums.get(currency, Decimal(0)) + amount
            cost = {"amount": f"{amount:f}", "currency": currency}
        rows.append({"country": region, "encoding": encoding, "messages": messages, "parts": parts, "cost": cost})
    costs = [{"amount": f"{amount:f}", "currency": currency} for currency, amount in sorted(sums.items())]
    return {"parts": rows, "costs": costs, "unpriced_parts": unpriced}


async def _forecast(tx: Transaction, context: Context, plan: Plan, findings: Findings) -> Forecast:
    standing = {area: UUID(contact_id) for area, contact_id in findings.areas.items()}
    phones = await phones_of_contacts(tx, workspace_id=plan.workspace_id, contact_ids=list(standing.values()))
    rows = await facts_by_phone(
        tx,
        plan.terms,
        workspace_id=plan.workspace_id,
        sender_id=plan.sender_id,
        phones=sorted(phones.values()),
        now=plan.at,
    )
    by_area = {area: rows[phones[contact_id]] for area, contact_id in standing.items() if contact_id in phones}
    backlog = [Batch(area, due or plan.at, members, parts) for area, due, members, parts in findings.batches()]
    # Whether an area is too late for its not-after is for the walk to find out: it knows when its turn would come.
    opens = _opens(context.rules, replace(plan.terms, not_after=None), by_area)
    return await asyncio.to_thread(
        forecast, backlog, opens=opens, parts_per_second=plan.rate, start=plan.at, not_after=plan.terms.not_after
    )


def _opens(rules: Sequence[Rule], terms: Terms, by_area: Mapping[str, Row]) -> Opens:
    """Asks the rules for the member who stands for an area; one that is gone since is taken to be open."""
    closed_until: dict[str, datetime] = {}

    def opens(area: str, at: datetime) -> datetime | None:
        known = closed_until.get(area)
        if known is not None and known > at:
            return known
        row = by_area.get(area)
        if row is None:
            return at
        decision = decide(facts_of(row, terms, now=at), rules)
        if decision.verdict is Verdict.ALLOW:
            return at
        if decision.until is not None:
            closed_until[area] = decision.until
        return decision.until

    return opens
