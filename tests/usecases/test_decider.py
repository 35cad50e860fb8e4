"""Does deciding once for many alike say of each what deciding it alone says, down to the words?"""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import decide
from app.domain.facts import Cap, SenderFacts
from app.domain.message import Channel, Purpose
from app.domain.number import number_facts
from app.domain.rulebook import load_rules
from app.usecases.decide_alike import Decider
from app.usecases.gather_facts import Terms, facts_of
from tests.domain.given import NOON

_RULES = load_rules()
_PHONES = ["+12125550142", "+12125550143", "+14165550142", "+34612345678", "+34612345679", "+821012345678", "+447400123456"]


def _instant(days: int) -> str:
    return (NOON - timedelta(days=days)).isoformat()


_CONSENTS = st.tuples(
    st.sampled_from(["sms", "mms"]),
    st.sampled_from(["given", "given", "given", "revoked", "expired", "pending"]),
    st.integers(1, 900).map(_instant),
    st.none() | st.none() | st.integers(-30, 30).map(_instant),
    st.sampled_from(["express_written", "express", "express_oral", "implied_purchase", "soft_opt_in"]),
    st.sampled_from(["", "", "A"]),
    st.just(""),
    st.sampled_from([[], [], ["lacks:seller"], ["charity"], ["double_opt_in"]]),
).map(list)


_SENDS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["sms", "sms", "mms"])), max_size=5)


@st.composite
def _rows(draw: st.DrawFn) -> dict[str, Any]:
    consents = draw(st.lists(_CONSENTS, max_size=2))
    proved: datetime | None = draw(st.sampled_from([None, NOON - timedelta(days=9)]))
    network = draw(st.sampled_from(["", "310260", "VERIZON WIRELESS"]))
    row = _row_of(draw(st.sampled_from(_PHONES)))
    sends = [[_instant(days), channel, "sale"] for days, channel in sorted(draw(_SENDS), reverse=True)]
    return {**row, "proved_at": proved, "consents": consents or None, "network": network, "sends": sends or None}


_FULL_DAY = SenderFacts(kind="long_code", capped_until=NOON + timedelta(hours=9), capped_by="tmobile")


_CAPS = st.lists(st.builds(Cap, st.integers(0, 6), st.integers(1, 8).map(lambda days: timedelta(days=days))), max_size=2)


@given(st.lists(_rows(), min_size=2, max_size=12), st.sampled_from([None, _FULL_DAY]), _CAPS)
def test_each_of_many_is_told_what_it_would_be_told_alone(
    rows: list[dict[str, Any]], sender: SenderFacts | None, caps: list[Cap]
) -> None:
    terms = Terms(channel=Channel.SMS, purpose=Purpose.MARKETING, sender=sender, caps=tuple(caps), subject="sale")
    decider = Decider(_RULES, terms, now=NOON)
    for row in rows:
        assert decider.decide(row) == decide(facts_of(row, terms, now=NOON), _RULES)


def test_members_who_agreed_on_different_days_are_of_one_kind() -> None:
    terms = Terms(channel=Channel.SMS, purpose=Purpose.MARKETING)
    decider = Decider(_RULES, terms, now=NOON)
    row = _row_of("+12125550142")
    for days in range(1, 200):
        consent: list[Any] = ["sms", "given", _instant(days), None, "express_written", "", "", []]
        decider.decide({**row, "consents": [consent], "proved_at": NOON - timedelta(days=days)})
    assert len(decider._known) == 1  # noqa: SLF001


def test_what_was_sent_makes_nobody_a_kind_of_their_own_until_a_measure_could_be_full() -> None:
    terms = Terms(channel=Channel.SMS, purpose=Purpose.MARKETING, caps=(Cap(3, timedelta(days=7)),))
    decider = Decider(_RULES, terms, now=NOON)
    consent: list[Any] = ["sms", "given", _instant(9), None, "express_written", "", "", []]
    row = {**_row_of("+12125550142"), "consents": [consent], "proved_at": None}
    for days in range(1, 6):
        sent = [[_instant(days + more), "sms", ""] for more in (1, 0)]
        assert not any(reason.rule.startswith("cap.") for reason in decider.decide({**row, "sends": sent}).reasons)
    full = decider.decide({**row, "sends": [[_instant(days), "sms", ""] for days in (3, 2, 1)]})
    assert len(decider._known) == 1  # noqa: SLF001
    assert "cap.workspace" in {reason.rule for reason in full.reasons}


def _row_of(phone: str) -> dict[str, Any]:
    number = number_facts(phone)
    nothing = dict.fromkeys(
        "sends campaign_sends suppressions registries refusals stopped_elsewhere reached_elsewhere blocked_code birth_date "
        "time_zone locale household".split()
    )
    of_number = {"phone": phone, "region": number.region, "kind": str(number.kind), "zones": list(number.zones), "network": ""}
    return {**nothing, **of_number, "places": [], "age_verified": False, "attributes": None}
