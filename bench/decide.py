"""decide_rate: pure decisions a second on one core, every rule asked afresh each time, against the design's floor of 50,000."""

import time
from datetime import timedelta

from app.domain.decision import Verdict, decide
from app.domain.facts import Cap, ConsentFacts, ConsentState, Facts, Send
from app.domain.message import Channel, Purpose
from app.domain.number import number_facts
from app.domain.rulebook import load_rules
from bench.figure import report
from bench.stand import NOON

_FLOOR = 50_000.0


def measure(*, count: int, rounds: int) -> None:
    """Print decide_rate."""
    rules = load_rules()
    people = [
        Facts(
            now=NOON,
            number=number_facts(f"+1{area}5550{line}"),
            channel=Channel.SMS,
            purpose=Purpose.MARKETING,
            consents=(ConsentFacts(ConsentState.GIVEN, NOON - timedelta(days=30)),),
            caps=(Cap(3, timedelta(days=1)),),
            sends=(Send(NOON - timedelta(hours=5), Channel.SMS),),
        )
        for area in (212, 213, 305, 410, 405, 503, 512, 504, 801, 860)  # with states that have hours, caps and holidays
        for line in (101, 142, 177)
    ]
    values = []
    for _ in range(rounds):
        began = time.perf_counter()
        allowed = sum(decide(people[step % len(people)], rules).verdict is Verdict.ALLOW for step in range(count))
        values.append(count / (time.perf_counter() - began))
        if allowed != count:
            raise RuntimeError("the sample should all be allowed at noon")
    report("decide_rate", values=values, bounds=[_FLOOR], unit="decisions/s", bound_name="the design's floor", n=count)
