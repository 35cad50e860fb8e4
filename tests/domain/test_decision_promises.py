"""What must hold of every decision? It may go at the instant given and not before, and no further objection hurries it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import Decision, Objection, Rule, Verdict, decide
from app.domain.facts import Cap, Facts
from app.domain.message import Channel
from app.domain.rulebook import load_rules
from tests.domain.given import GIVEN, make_facts

_RULES = load_rules()
_DAY = timedelta(days=1)

_PHONES = st.sampled_from(
    [
        "+12125550100",
        "+18505550100",
        "+19285550100",
        "+17095550100",
        "+61412345678",
        "+33612345678",
        "+447400123456",
        "+27821234567",
    ]
)
_INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_SENDS = st.lists(st.integers(0, 3 * 1440), max_size=6).map(sorted)
_CAPS = st.lists(
    st.builds(
        Cap,
        st.integers(1, 3),
        st.sampled_from([timedelta(hours=1), _DAY, timedelta(hours=30)]),
        st.sampled_from(["workspace", "campaign"]),
    ),
    max_size=2,
).map(tuple)


@st.composite
def _facts(draw: st.DrawFn) -> Facts:
    now = draw(_INSTANTS)
    sends = tuple(now - timedelta(minutes=ago) for ago in reversed(draw(_SENDS)))
    return make_facts(
        now,
        phone=draw(_PHONES),
        channel=draw(st.sampled_from([Channel.SMS, Channel.VOICE])),
        caps=draw(_CAPS),
        sends=sends,
        campaign_sends=sends[::2],
        own_hours=draw(st.sampled_from([None, (600, 1200), (0, 1440), (480, 495)])),
        zones=draw(st.sampled_from([(), ("Asia/Kolkata",), ("Pacific/Honolulu",)])),
        not_after=now + timedelta(minutes=late) if (late := draw(st.none() | st.integers(1, 5000))) is not None else None,
        consent=replace(GIVEN, expires_at=draw(st.none() | st.just(now + timedelta(hours=20)))),
    )


@given(_facts(), st.integers(0, 999))
def test_at_the_instant_given_it_may_go_and_before_it_may_not(facts: Facts, thousandths: int) -> None:
    decision = decide(facts, _RULES)
    if decision.verdict is not Verdict.WAIT:
        return
    assert decision.until is not None
    assert decide(replace(facts, now=decision.until), _RULES).verdict is Verdict.ALLOW
    for earlier in (facts.now + (decision.until - facts.now) * thousandths // 1000, decision.until - timedelta(minutes=1)):
        if earlier >= facts.now:
            assert decide(replace(facts, now=earlier), _RULES).verdict is Verdict.WAIT


def _objector(code: str, until: datetime | None) -> Rule:
    def judge(facts: Facts) -> tuple[Objection, ...]:
        return () if until is not None and facts.now >= until else (Objection(code, "a test", "because", until),)

    return Rule(code, "a test", judge)


@given(_facts(), st.none() | st.integers(1, 10_000))
def test_one_more_objection_never_lets_a_message_go_sooner(facts: Facts, minutes: int | None) -> None:
    until = None if minutes is None else facts.now + timedelta(minutes=minutes)
    with_more = decide(facts, (*_RULES, _objector("test.more", until)))
    without = decide(facts, _RULES)
    assert _strictness(with_more) >= _strictness(without)
    if without.verdict is Verdict.NEVER or until is None:
        assert with_more.verdict is Verdict.NEVER


def _strictness(decision: Decision) -> datetime:
    if decision.verdict is Verdict.NEVER:
        return datetime.max.replace(tzinfo=UTC)
    return decision.until or datetime.min.replace(tzinfo=UTC)
