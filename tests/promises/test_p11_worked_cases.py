"""Do the worked cases come out by name? Each through the pure rules, and through POST /v1/decisions of a running service."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.domain.decision import decide
from app.domain.number import number_facts
from app.domain.rulebook import load_rules
from app.http.decisions import DecisionIn
from app.usecases.explain_decision import bare_facts, terms_of, with_assumptions
from app.usecases.policies import Policy
from tests.promises.worked_case import Case
from tests.promises.worked_cases import CASES

_RULES = load_rules()
_NOBODY = UUID(int=0)


def _mistake(case: Case, verdict: str, until: str | None, reasons: Sequence[Mapping[str, Any]], lifted: Sequence[str]) -> str:
    """What is wrong with an answer, or ""."""
    rules = [reason["rule"] for reason in reasons]
    if (verdict, until) != (case.verdict, case.until):
        return f"{verdict} {until} because of {rules}, not {case.verdict} {case.until}"
    if case.verdict == "wait":
        return "" if set(rules) == set(case.rules) else f"waits because of {rules}, not {list(case.rules)}"
    if case.verdict == "never":
        first = next(reason["rule"] for reason in reasons if reason["until"] is None and not reason["awaits"])
        return "" if first in case.rules else f"never because of {rules}, first not {case.rules[0]}"
    return "" if set(case.rules) <= set(lifted) else f"allowed, but by {list(lifted)}, not {list(case.rules)}"


def _minute(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_p11_a_worked_case_through_the_pure_rules(case: Case) -> None:
    body = DecisionIn(**case.question())
    number = number_facts(case.to)
    question = body.question(workspace_id=_NOBODY, to=number.e164, now=datetime(2026, 1, 1, tzinfo=UTC))
    facts = with_assumptions(bare_facts(question, number, terms_of(question, Policy(), None)), question)
    decision = decide(facts, _RULES)
    reasons = [{"rule": reason.rule, "until": reason.until, "awaits": reason.awaits} for reason in decision.reasons]
    lifted = [permission.rule for permission in decision.permissions]
    assert not (mistake := _mistake(case, decision.verdict, _minute(decision.until), reasons, lifted)), mistake


async def test_p11_every_worked_case_through_a_running_service(start):
    world = await start()
    mistakes = {}
    for case in CASES:
        answer = await world.post("/v1/decisions", case.question())
        assert answer.status_code == 200, f"{case.name}: {answer.text}"
        found = answer.json()
        until = _minute(datetime.fromisoformat(found["until"])) if found["until"] else None
        lifted = [permission["rule"] for permission in found["permissions"]]
        if mistake := _mistake(case, found["verdict"], until, found["reasons"], lifted):
            mistakes[case.name] = mistake
    assert mistakes == {}


def test_no_two_cases_share_a_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
