"""Two packs side by side: each decides by its own rows of every kind, whatever the other was asked, and goes when let go."""

import gc
import weakref
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.advice import LACKING
from app.domain.book import INSTALLED, Pack
from app.domain.consent_end import end_of
from app.domain.consent_rows import TEXTS, Way
from app.domain.consent_rows import NeedRow as ConsentRow
from app.domain.content_rows import ELEMENTS, ProhibitedRow
from app.domain.decision import Decision, decide
from app.domain.facts import STRICT, ConsentBasis, ContentFacts, Facts, Place, RegistryFact, Send, Technology
from app.domain.hours import closes_at
from app.domain.message import Channel, Purpose
from app.domain.registries import REASSIGNED, Registry
from app.domain.rulebook import load_rules
from app.domain.windows import TEXT, CapRow
from tests.domain.given import GIVEN, NOON, at, make_facts

_RULES = load_rules()
_DAY = timedelta(days=1)
KENTUCKY, NEW_YORK, BERLIN = "+15025550142", "+12125550142", "+4915112345678"
PUMPS = ContentFacts(categories=frozenset({"home_energy_renovation"}))
BARE = ContentFacts(lacks=frozenset({"opt_out"}))
LISTED = (RegistryFact("us.national_dnc", "listed", at("2026-11-20T00:00")),)
DEACTIVATED = (RegistryFact("us.deactivations", "listed", at("2026-11-20T00:00")),)
OLD_PROOF = (RegistryFact(REASSIGNED, "clear", at("2026-01-02T00:00")),)


def by(pack: Pack, facts: Facts) -> Decision:
    return decide(replace(facts, market=replace(facts.market, pack=pack)), _RULES)


def codes(decision: Decision) -> set[str]:
    return {reason.rule for reason in decision.reasons}


ORAL_ONLY = ConsentRow(
    region="US-KY",
    technologies=TEXTS,
    source="an act of Kentucky",
    confidence="certain",
    ways=(Way(basis=ConsentBasis.EXPRESS_ORAL),),
)
NO_PUMPS = ProhibitedRow(
    region="US-KY",
    channels=TEXT,
    purposes=frozenset(Purpose),
    source="an act",
    confidence="certain",
    category="home_energy_renovation",
)
KY_LIST = Registry(
    name="us.ky_dnc",
    title="Kentucky no-call list",
    regions=("US-KY",),
    source="KRS 367.46955",
    confidence="V",
    technologies=frozenset(Technology),
    demanded=frozenset(Technology),
    exempt={},
)
WEEKLY = CapRow(
    id="us.ky.weekly",
    region="US-KY",
    channels=TEXT,
    limit=1,
    window=7 * _DAY,
    code="cap.us.ky.weekly",
    source="an act",
    confidence="certain",
)
SENT: dict[str, Any] = {"sends": (Send(NOON - 3 * _DAY, Channel.SMS),)}
NATIONAL = INSTALLED.registry_by_name["us.national_dnc"]


def registries(*rows: Registry, without: Sequence[str] = ()) -> dict[str, Any]:
    named = {row.name for row in rows} | set(without)
    return {"registries": (*(row for row in INSTALLED.registries if row.name not in named), *rows)}


# What differs in the other pack, who is asked about, and what it says that the installed one does not (- the reverse).
CASES: list[tuple[str, dict[str, Any], Facts, str]] = [
    ("a consent row is added", {"consent": (*INSTALLED.consent, ORAL_ONLY)},
     make_facts(phone=KENTUCKY), "consent.kind_insufficient"),
    ("a text may not be about it", {"prohibited": (NO_PUMPS,)},
     make_facts(phone=KENTUCKY, content=PUMPS), "content.prohibited_category"),
    ("nothing has to be in a text", {"content": ()}, make_facts(phone=BERLIN, content=BARE), "-content.opt_out_missing"),
    ("a higher age of consent", {"consent_ages": {"US": 18}}, make_facts(birth_date=date(2010, 1, 1)), "consent.minor"),
    ("no age of consent", {"consent_ages": {}}, make_facts(phone=BERLIN, birth_date=date(2012, 1, 1)), "-consent.minor"),
    ("a state's list before texts", registries(KY_LIST), make_facts(phone=KENTUCKY), "suppress.dnc_data_stale"),
    ("where they live, too", registries(KY_LIST),
     make_facts(places=(Place("US-KY", ("America/New_York",)),)), "suppress.dnc_data_stale"),
    ("no consent lifts it", registries(replace(NATIONAL, exempt={})), make_facts(registries=LISTED), "suppress.national_dnc"),
    ("an unknown registry", registries(without=["us.deactivations"]),
     make_facts(registries=DEACTIVATED), "-suppress.deactivated"),
    ("no reassigned numbers", registries(without=[REASSIGNED]),
     make_facts(registries=OLD_PROOF, proved_at=at("2026-01-01T00:00")), "-suppress.reassigned_recheck"),
    ("a weekly cap", {"caps": (*INSTALLED.caps, WEEKLY)}, make_facts(phone=KENTUCKY, **SENT), "cap.us.ky.weekly"),
    ("no hours", {"rows": ()}, make_facts(phone=KENTUCKY), "region.not_enabled"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "changes", "facts", "told"), CASES, ids=[case[0] for case in CASES])
def test_a_row_of_any_kind_decides_in_its_own_pack_only(label: str, changes: dict[str, Any], facts: Facts, told: str) -> None:
    other = replace(INSTALLED, **changes)
    code, has = told.removeprefix("-"), (INSTALLED, other) if told.startswith("-") else (other, INSTALLED)
    for _ in range(2):  # what one of them remembers is not asked of the other
        assert code in codes(by(has[0], facts)), label
        assert code not in codes(by(has[1], facts)), label
    elsewhere = make_facts(phone="+14155550142", content=ContentFacts())
    if label != "no hours":
        assert by(other, elsewhere) == by(INSTALLED, elsewhere) == decide(elsewhere, _RULES)


def test_how_long_a_consent_counts_is_the_packs_to_say() -> None:
    yearly = replace(ORAL_ONLY, region="US", ways=(Way(basis=ConsentBasis.EXPRESS_WRITTEN, months=12),))
    other = replace(INSTALLED, consent=(*(row for row in INSTALLED.consent if row.region != "US"), yearly))
    asked: dict[str, Any] = {"region": "US", "zones": ("America/New_York",), "recorded": False, "now": NOON}
    assert end_of(GIVEN, **asked).at is None
    end = end_of(GIVEN, **asked, pack=other)
    assert end.at is not None and (end.at.year, end.source) == (2027, "an act of Kentucky")


def test_how_far_back_sends_count_is_the_packs_to_say() -> None:
    assert [INSTALLED.looks_back(channel) for channel in (Channel.SMS, Channel.VOICE)] == [_DAY, 30 * _DAY]
    other = replace(INSTALLED, caps=(*INSTALLED.caps, WEEKLY))
    assert [other.looks_back(channel) for channel in (Channel.SMS, Channel.VOICE)] == [7 * _DAY, 30 * _DAY]
    assert replace(INSTALLED, caps=()).looks_back(Channel.VOICE) == _DAY
    in_days = replace(WEEKLY, zone="America/New_York")
    assert replace(INSTALLED, caps=(in_days,)).looks_back(Channel.SMS) == 8 * _DAY


def test_what_a_row_can_want_of_a_text_can_be_told() -> None:
    assert set(ELEMENTS) == set(LACKING)


PHONES = (KENTUCKY, NEW_YORK, BERLIN, "+33612345678", "+821012345678", "+17875550100")
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.sampled_from(PHONES), INSTANTS, st.sampled_from(["strict", "statutory"]))
def test_a_pack_of_the_same_rows_decides_the_same(phone: str, now: datetime, profile: str) -> None:
    same = replace(INSTALLED)
    assert same != INSTALLED
    market = replace(STRICT, profile=profile)
    facts = make_facts(now, phone=phone, content=BARE, registries=LISTED, market=market, own_hours=(540, 1200), **SENT)
    assert by(same, facts) == decide(facts, _RULES)
    theirs = replace(facts, market=replace(market, pack=same))
    assert closes_at(theirs, within=_DAY) == closes_at(facts, within=_DAY)


def test_a_pack_that_nobody_holds_is_gone_with_all_it_remembers() -> None:
    other = replace(INSTALLED)
    gone = weakref.ref(other)
    for phone in PHONES:
        facts = make_facts(phone=phone, content=BARE, registries=LISTED, own_hours=(540, 1200), **SENT)
        by(other, facts)
        closes_at(replace(facts, market=replace(facts.market, pack=other)), within=_DAY)
    del other, facts
    gc.collect()
    assert gone() is None
