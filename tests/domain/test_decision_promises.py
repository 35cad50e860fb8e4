"""What must hold of every decision? It may go at the instant given and not before, and no further objection hurries it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import Decision, Objection, Rule, Verdict, decide
from app.domain.facts import Ban, Cap, ConsentBasis, Facts, Market, Place, Send, SenderFacts, Technology
from app.domain.hours import closes_at, law_closures, own_closures
from app.domain.message import Channel
from app.domain.rulebook import load_rules
from app.domain.windows import workspace_row
from tests.domain.given import GIVEN, make_facts

_RULES = load_rules()
_DAY = timedelta(days=1)

# Numbers of every kind of place: one zone and two, states with Sundays, holidays and caps, countries with odd hours.
_PHONES = st.sampled_from(
    [
        *("+12125550100", "+18505550100", "+19285550100", "+13055550100", "+15045550100", "+14015550100", "+15125550100"),
        *("+19155550100", "+18015550100", "+15035550100", "+16715550100", "+17875550100", "+12155550100", "+14025550100"),
        *("+17095550100", "+16045550100", "+61412345678", "+61312345678", "+33612345678", "+33387123456", "+34612345678"),
        *("+393331234567", "+447400123456", "+27821234567", "+821012345678", "+84912345678", "+971501234567", "+966512345678"),
        *("+919812345678", "+5511961234567", "+9779812345678"),
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
        st.none() | st.sampled_from(["America/Santiago", "Asia/Kathmandu"]),
    ),
    max_size=2,
).map(tuple)
_PLACES = st.lists(
    st.sampled_from(
        [
            Place("", ("Asia/Kolkata",)),
            Place("", ("Pacific/Honolulu",), "verified"),
            Place("US-LA", ("America/Chicago",)),
            Place("US-RI", ("America/New_York",), "verified"),
            Place("US-CA", ()),
            Place("FR-57", ("Europe/Paris",)),
            Place("GB", ("Europe/London",), "verified"),
        ]
    ),
    max_size=2,
    unique=True,
).map(tuple)
_OWN_ROWS = [
    workspace_row(id="evenings", region="US", channels=Channel, week=[((600, 1080),)] * 6 + [()]),
    workspace_row(id="mornings", region="", channels=[Channel.SMS], week=[((540, 720), (840, 1200))] * 7, holidays="US"),
]


@st.composite
def _markets(draw: st.DrawFn, now: datetime) -> Market:
    until = draw(st.none() | st.integers(1, 4000).map(lambda minutes: now + timedelta(minutes=minutes)))
    ban = Ban(draw(st.sampled_from(["US-LA", "US", "FR"])), now - _DAY, until, "an order")
    return Market(
        profile=draw(st.sampled_from(["strict", "statutory"])),
        enabled=draw(st.sampled_from([frozenset(), frozenset({"SA", "BR", "NP", "US-AL"})])),
        bans=draw(st.sampled_from([(), (ban,)])),
        rows=tuple(draw(st.lists(st.sampled_from(_OWN_ROWS), max_size=2, unique_by=id))),
    )


@st.composite
def _facts(draw: st.DrawFn) -> Facts:
    now = draw(_INSTANTS)
    channel = draw(st.sampled_from([Channel.SMS, Channel.VOICE]))
    instants = tuple(now - timedelta(minutes=ago) for ago in reversed(draw(_SENDS)))
    technologies = [Technology.LIVE, Technology.RECORDED] if channel is Channel.VOICE else [Technology.TEXT]
    return make_facts(
        now,
        phone=draw(_PHONES),
        channel=channel,
        technology=draw(st.sampled_from(technologies)),
        caps=draw(_CAPS),
        sends=tuple(Send(instant, channel, draw(st.sampled_from(["", "shoes"]))) for instant in instants),
        campaign_sends=instants[::2],
        own_hours=draw(st.sampled_from([None, (600, 1200), (0, 1440), (480, 495)])),
        places=draw(_PLACES),
        market=draw(_markets(now)),
        refusals=draw(st.sampled_from([(), (now - 30 * _DAY,)])),
        sender=SenderFacts(queue_wait=timedelta(minutes=draw(st.sampled_from([0, 0, 5, 95, 700])))),
        not_after=now + timedelta(minutes=late) if (late := draw(st.none() | st.integers(1, 5000))) is not None else None,
        consent=replace(
            GIVEN,
            expires_at=draw(st.none() | st.just(now + timedelta(hours=20))),
            basis=draw(
                st.sampled_from([ConsentBasis.EXPRESS_WRITTEN, ConsentBasis.EXPRESS_WRITTEN, ConsentBasis.IMPLIED_PURCHASE])
            ),
            flags=draw(st.sampled_from([frozenset(), frozenset({"night"})])),
        ),
    )


@given(_facts(), st.integers(0, 999))
def test_at_the_instant_given_it_may_go_and_before_it_may_not(facts: Facts, thousandths: int) -> None:
    decision = decide(facts, _RULES)
    if decision.verdict is not Verdict.WAIT:
        return
    if decision.until is None:
        assert any(reason.awaits for reason in decision.reasons)
        return
    assert decide(replace(facts, now=decision.until), _RULES).verdict is Verdict.ALLOW
    for earlier in (facts.now + (decision.until - facts.now) * thousandths // 1000, decision.until - timedelta(minutes=1)):
        if earlier >= facts.now:
            assert decide(replace(facts, now=earlier), _RULES).verdict is Verdict.WAIT


_QUEUE = timedelta(hours=11)


@given(_facts())
def test_the_hours_close_when_they_are_said_to_and_not_before(facts: Facts) -> None:
    if closed_at(facts, facts.now):
        return
    closes = closes_at(facts, within=_QUEUE)
    last = facts.now + _QUEUE if closes is None else closes - timedelta(minutes=1)
    steps = [facts.now + (last - facts.now) * step // 37 for step in range(38)]
    assert not any(closed_at(facts, instant) for instant in steps)
    if closes is not None:
        assert closed_at(facts, closes)


def closed_at(facts: Facts, at: datetime) -> bool:
    return bool(law_closures(facts, at) or own_closures(facts, at))


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


@given(_facts(), st.sampled_from(_RULES))
def test_leaving_out_a_rule_never_makes_it_stricter(facts: Facts, rule: Rule) -> None:
    fewer = decide(facts, [other for other in _RULES if other is not rule])
    assert _strictness(fewer) <= _strictness(decide(facts, _RULES))


@given(_facts(), st.permutations(_RULES))
def test_the_order_of_the_rules_changes_nothing_but_the_order_of_reasons(facts: Facts, rules: Sequence[Rule]) -> None:
    usual, other = decide(facts, _RULES), decide(facts, rules)
    assert (usual.verdict, usual.until) == (other.verdict, other.until)
    assert {reason.rule for reason in usual.reasons} == {reason.rule for reason in other.reasons}


@given(_facts(), st.sampled_from(_OWN_ROWS))
def test_a_row_of_the_workspace_only_tightens(facts: Facts, row: object) -> None:
    market = facts.market
    without = replace(facts, market=replace(market, rows=tuple(other for other in market.rows if other is not row)))
    within = replace(facts, market=replace(market, rows=(*without.market.rows, row)))  # type: ignore[arg-type]
    assert _strictness(decide(within, _RULES)) >= _strictness(decide(without, _RULES))


@given(_facts(), _PLACES)
def test_in_the_strict_profile_another_place_only_tightens(facts: Facts, places: tuple[Place, ...]) -> None:
    strict = replace(facts, market=replace(facts.market, profile="strict"), places=())
    placed = replace(strict, places=places)
    hours = [rule for rule in _RULES if rule.code.startswith(("time.", "region.", "cap."))]
    assert _strictness(decide(placed, hours)) >= _strictness(decide(strict, hours))


@given(_facts())
def test_the_strict_profile_is_never_looser_than_the_statutory_one(facts: Facts) -> None:
    # A verified place elsewhere is another question: there the statutory profile reads the number's rules by other clocks.
    facts = replace(facts, places=tuple(replace(place, strength="declared") for place in facts.places))
    hours = [rule for rule in _RULES if rule.code.startswith(("time.", "region.", "cap."))]
    strict, statutory = (replace(facts, market=replace(facts.market, profile=profile)) for profile in ("strict", "statutory"))
    assert _strictness(decide(strict, hours)) >= _strictness(decide(statutory, hours))


def _strictness(decision: Decision) -> datetime:
    """The instant it may go: a wait for somebody's act is longer than any with an end, and a never is longer still."""
    last = datetime.max.replace(tzinfo=UTC)
    if decision.verdict is Verdict.ALLOW:
        return datetime.min.replace(tzinfo=UTC)
    return last if decision.verdict is Verdict.NEVER else decision.until or last - _DAY
