"""Is an audience counted rightly, in one go or in pieces? Everyone once, and what is kept between pieces is the whole count."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.decision import ALLOW, Decision, Objection, Verdict
from app.domain.findings import SAMPLES_A_RULE, SHOWN, Findings, Member, Words
from app.domain.parts import count_parts

NOON = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


def waits(hours: int, rule: str = "time.quiet.us.federal") -> Decision:
    until = NOON + timedelta(hours=hours)
    return Decision(Verdict.WAIT, until, (Objection(rule, "a law", "closed", until),))


NEVER = Decision(Verdict.NEVER, None, (Objection("consent.missing", "a law", "none"),))
AWAITED = Decision(Verdict.WAIT, None, (Objection("suppress.dnc.stale", "a law", "old", awaits="a newer file"),))
ONE, TWO = Words(count=count_parts("hello")), Words(count=count_parts("ж" * 71))
DECISIONS = st.one_of(st.just(ALLOW), st.just(NEVER), st.just(AWAITED), st.integers(0, 30).map(waits))
SELLING = Words(count=count_parts("10% off"), advised=("marketing_in_transactional",), selling=("10% off",))
WORDS = st.sampled_from(
    [ONE, TWO, SELLING, Words(missing=("plan",)), Words(problem="content.too_long"), Words(problem="content.empty")]
)
MEMBERS = st.lists(st.tuples(st.sampled_from(["US", "DE"]), DECISIONS, WORDS), max_size=60)


def member(number: int, region: str = "US") -> Member:
    return Member(contact_id=UUID(int=number), region=region, area=f"{region} {number % 3}", plain=bool(number % 2))


@settings(max_examples=60, deadline=None)
@given(MEMBERS, st.integers(0, 60))
def test_a_count_interrupted_and_read_back_is_the_same_count(rows: list[tuple[str, Decision, Words]], cut: int) -> None:
    whole, first = Findings(), Findings()
    for place, (region, decision, words) in enumerate(rows):
        whole.add(member(place, region), decision, words)
        if place < cut:
            first.add(member(place, region), decision, words)
    second = Findings.from_json(orjson.loads(orjson.dumps(first.as_json())))
    for place, (region, decision, words) in enumerate(rows):
        if place >= cut:
            second.add(member(place, region), decision, words)
    assert orjson.dumps(second.as_json(), option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        whole.as_json(), option=orjson.OPT_SORT_KEYS
    )


@settings(max_examples=60, deadline=None)
@given(MEMBERS)
def test_everyone_is_counted_once(rows: list[tuple[str, Decision, Words]]) -> None:
    found = Findings()
    for place, (region, decision, words) in enumerate(rows):
        found.add(member(place, region), decision, words)
    assert found.members == sum(found.verdicts.values()) == len(rows)
    going = sum(messages for _, _, messages, _ in found.bill())
    assert going + found.closes.total() == len(rows)
    queued = sum(members for _, _, members, _ in found.batches())
    awaited = sum(1 for _, decision, words in rows if decision is AWAITED and words.count is not None)
    assert queued + awaited == going
    later = sum(1 for _, decision, words in rows if decision.until is not None and words.count is not None)
    assert sum(members for _, members, _ in found.deferred()) == later


def test_samples_are_few_and_hours_are_whole() -> None:
    found = Findings()
    for number in range(40):
        found.add(member(number), waits(number % 2), ONE)
    (objected,) = found.objections.values()
    assert (objected.members, len(objected.samples), len(found.shown)) == (40, SAMPLES_A_RULE, SHOWN)
    assert [(hour.hour, hour.minute, members) for hour, members, _ in found.deferred()] == [(12, 0, 20), (13, 0, 20)]
    assert all(due is not None and due.minute == 30 for _, due, _, _ in found.batches())


def test_parts_are_told_by_country_and_encoding() -> None:
    found = Findings()
    found.add(member(1, "US"), ALLOW, ONE)
    found.add(member(2, "DE"), ALLOW, TWO)
    found.add(member(3, "DE"), NEVER, TWO)
    assert sorted(found.bill()) == [("DE", "ucs2", 1, 2), ("US", "gsm7", 1, 1)]


def test_a_member_without_a_history_stands_for_the_area() -> None:
    found = Findings()
    found.add(Member(contact_id=UUID(int=2), region="US", area="+1212", plain=False), ALLOW, ONE)
    found.add(Member(contact_id=UUID(int=3), region="US", area="+1212", plain=True), ALLOW, ONE)
    found.add(Member(contact_id=UUID(int=4), region="US", area="+1212", plain=True), ALLOW, ONE)
    assert found.areas == {"+1212": str(UUID(int=3))}


def test_words_that_sell_are_told_with_their_members_and_there_is_an_end_to_them() -> None:
    found = Findings()
    for number in range(200):
        found.add(member(number), ALLOW, Words(count=count_parts("off"), selling=(f"{number}% off", "sale!")))
    assert found.selling["sale!"] == 200
    assert 20 < len(found.selling) <= 50
    assert found.selling["0% off"] == 1
