"""Does the ledger add up to the same consent in any order, and does a no stay a no until the person takes it back?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.consent import ConsentEvent, ConsentKind, fold, fold_ledger
from app.domain.facts import NO_CONSENT, ConsentFacts, ConsentState
from app.domain.proof import CLAIMS, EVIDENCE_NEEDED, PROOFS, EvidenceProblem, check_evidence

_START = datetime(2026, 11, 1, tzinfo=UTC)


def _day(number: int) -> datetime:
    return _START + timedelta(days=number)


def _event(kind: str, day: int, method: str = "web_form", ends: int | None = None) -> ConsentEvent:
    return ConsentEvent(
        kind=ConsentKind(kind), occurred_at=_day(day), method=method, expires_at=None if ends is None else _day(ends)
    )


def _fold(events: list[ConsentEvent]) -> ConsentFacts:
    current = NO_CONSENT
    for event in events:
        current = fold(current, event)
    return current


_HISTORIES: list[tuple[str, list[ConsentEvent], ConsentState, int]] = [
    ("a form", [_event("given", 1)], ConsentState.GIVEN, 1),
    ("an import", [_event("given", 1, "import")], ConsentState.GIVEN, 1),
    ("asked", [_event("asked", 1)], ConsentState.PENDING, 1),
    ("asked, answered", [_event("asked", 1), _event("confirmed", 2, "double_opt_in")], ConsentState.GIVEN, 2),
    ("asked, let lapse", [_event("asked", 1), _event("expired", 3)], ConsentState.EXPIRED, 3),
    ("a stop", [_event("given", 1), _event("revoked", 2, "keyword")], ConsentState.REVOKED, 2),
    ("a stop out of nowhere", [_event("revoked", 2, "keyword")], ConsentState.REVOKED, 2),
    ("a stop, then START", [_event("revoked", 2), _event("given", 3, "keyword")], ConsentState.GIVEN, 3),
    ("a stop, then a list", [_event("revoked", 2), _event("given", 3, "import")], ConsentState.REVOKED, 2),
    ("a stop, then subscribe", [_event("revoked", 2), _event("given", 3, "subscribe")], ConsentState.REVOKED, 2),
    (
        "a stop, then a refresh by the workspace",
        [_event("revoked", 2), _event("refreshed", 3, "import")],
        ConsentState.REVOKED,
        2,
    ),
    ("a stop, then asked", [_event("revoked", 2), _event("asked", 3)], ConsentState.REVOKED, 2),
    (
        "a stop, asked, then a list",
        [_event("revoked", 2), _event("asked", 3), _event("given", 4, "import")],
        ConsentState.REVOKED,
        2,
    ),
    ("a stop, and proof of before", [_event("revoked", 2), _event("given", 1)], ConsentState.REVOKED, 2),
    ("a stop, and proof of that very instant", [_event("revoked", 2), _event("given", 2)], ConsentState.REVOKED, 2),
    ("proof, and a stop of that very instant", [_event("given", 2), _event("revoked", 2)], ConsentState.REVOKED, 2),
    ("two stops, newest first", [_event("revoked", 4), _event("revoked", 2)], ConsentState.REVOKED, 4),
    ("came back, then an old stop turns up", [_event("given", 3), _event("revoked", 2)], ConsentState.GIVEN, 3),
    ("listed, then an older stop turns up", [_event("given", 3, "import"), _event("revoked", 2)], ConsentState.REVOKED, 2),
    ("proof, then a list", [_event("given", 1), _event("given", 5, "import")], ConsentState.GIVEN, 1),
    ("a list, then proof of before", [_event("given", 5, "import"), _event("given", 1)], ConsentState.GIVEN, 1),
    ("lapsed, then listed anew", [_event("given", 1), _event("expired", 3), _event("given", 4, "import")], ConsentState.GIVEN, 4),
    (
        "lapsed, and an older opt-in turns up",
        [_event("given", 2), _event("expired", 3), _event("given", 1)],
        ConsentState.EXPIRED,
        3,
    ),
    ("a lapse that is older than the renewal", [_event("refreshed", 4), _event("expired", 3)], ConsentState.GIVEN, 4),
    ("lapsed at a stop's instant", [_event("revoked", 3), _event("expired", 3)], ConsentState.REVOKED, 3),
    ("asked twice", [_event("asked", 1), _event("asked", 2)], ConsentState.PENDING, 2),
    ("asked, answered no", [_event("asked", 1), _event("declined", 2)], ConsentState.DECLINED, 2),
    ("answered no, then a list", [_event("declined", 2), _event("given", 3, "import")], ConsentState.DECLINED, 2),
    ("answered no, then a form", [_event("declined", 2), _event("given", 3)], ConsentState.GIVEN, 3),
    ("agreed, then answered no", [_event("given", 1), _event("declined", 2)], ConsentState.DECLINED, 2),
    ("answered no, then a stop", [_event("declined", 2), _event("revoked", 3)], ConsentState.REVOKED, 3),
    ("a stop, then answered no", [_event("revoked", 2), _event("declined", 3)], ConsentState.REVOKED, 3),
    ("a stop and a no at one instant", [_event("revoked", 2), _event("declined", 2)], ConsentState.REVOKED, 2),
]


@pytest.mark.parametrize(("history", "events", "state", "since"), _HISTORIES, ids=[row[0] for row in _HISTORIES])
def test_a_history_adds_up_to_one_state(history: str, events: list[ConsentEvent], state: ConsentState, since: int) -> None:
    found = _fold(events)
    assert (found.state, found.since) == (state, _day(since)), history


def test_a_renewal_by_proof_carries_its_own_end() -> None:
    found = _fold([_event("given", 1, ends=100), _event("refreshed", 50, ends=150)])
    assert found == ConsentFacts(ConsentState.GIVEN, _day(50), _day(150), "web_form")


def test_a_claim_does_not_prolong_consent_that_stands_on_proof() -> None:
    assert _fold([_event("given", 1, ends=100), _event("refreshed", 50, "import")]).expires_at == _day(100)


def test_of_two_opt_ins_at_one_instant_the_one_that_ends_sooner_counts() -> None:
    assert _fold([_event("given", 1), _event("given", 1, ends=9)]).expires_at == _day(9)


_OPT_INS = st.builds(
    _event,
    st.sampled_from(["given", "confirmed", "refreshed"]),
    st.integers(0, 5),
    st.sampled_from(sorted(PROOFS | CLAIMS)),
    st.none() | st.integers(10, 12),
)
_REVOCATIONS = st.builds(_event, st.sampled_from(["revoked", "declined"]), st.integers(0, 5), st.just("keyword"))
_NOES = {ConsentState.REVOKED, ConsentState.DECLINED}


@given(st.lists(_OPT_INS | _REVOCATIONS, min_size=2, max_size=4))
def test_opt_ins_and_revocations_add_up_alike_in_every_order(events: list[ConsentEvent]) -> None:
    results = {_told(_fold(list(order))) for order in permutations(events)}
    assert results == {_told(fold_ledger(events))}


def _told(consent: ConsentFacts) -> ConsentFacts:
    """Without the evidence kept behind a no: of an opt-in that turns up after the no nothing is kept, which is the safer side."""
    said_no = consent.state in _NOES
    return replace(consent, state=ConsentState.REVOKED, method="", flags=frozenset()) if said_no else consent


@given(st.lists(_OPT_INS, max_size=4), _REVOCATIONS, st.data())
def test_no_opt_in_up_to_a_revocation_survives_it(opt_ins: list[ConsentEvent], stop: ConsentEvent, data: st.DataObject) -> None:
    older = [event for event in opt_ins if event.occurred_at <= stop.occurred_at]
    events = data.draw(st.permutations([*older, stop]))
    assert _fold(list(events)).state in _NOES


@given(
    st.lists(
        st.builds(
            _event,
            st.sampled_from(["given", "asked", "refreshed", "expired"]),
            st.integers(0, 9),
            st.sampled_from(sorted(CLAIMS)),
        )
    )
)
def test_no_number_of_claims_lifts_a_revocation(claims: list[ConsentEvent]) -> None:
    assert _fold([_event("revoked", 4), *claims]).state is ConsentState.REVOKED


_ANY = st.builds(_event, st.sampled_from(list(ConsentKind)), st.integers(0, 5), st.sampled_from(sorted(PROOFS | CLAIMS)))


@given(st.lists(_ANY, max_size=6), st.data())
def test_arrival_out_of_order_never_turns_a_no_into_a_yes(events: list[ConsentEvent], data: st.DataObject) -> None:
    arrived = _fold(list(data.draw(st.permutations(events))))
    stops = [event.occurred_at for event in events if event.kind in {ConsentKind.REVOKED, ConsentKind.DECLINED}]
    if arrived.state is ConsentState.GIVEN and stops:
        assert any(
            event.kind in {ConsentKind.GIVEN, ConsentKind.CONFIRMED, ConsentKind.REFRESHED}
            and event.method in PROOFS
            and event.occurred_at > max(stops)
            for event in events
        )


@given(st.lists(_ANY, max_size=6), st.data())
def test_the_ledger_is_read_in_the_order_things_happened(events: list[ConsentEvent], data: st.DataObject) -> None:
    assert fold_ledger(data.draw(st.permutations(events))).state is fold_ledger(events).state


_AT = "2026-11-23T17:00:00Z"
_GOOD: dict[str, dict[str, object]] = {
    "web_form": {"wording": "Yes, text me offers", "url": "https://example.com/join"},
    "keyword": {"message": "JOIN"},
    "double_opt_in": {"asked_at": _AT, "confirmed_at": "2026-11-23T18:00:00+01:00"},
    "paper": {"document": "scan 17", "signed_at": _AT},
    "point_of_sale": {"location": "Shop 3", "wording": "Yes"},
    "voice": {"recording": "call 9", "wording": "Do you agree?"},
    "import": {"source": "crm", "collected_at": _AT},
    "subscribe": {"source": "account page"},
    "record": {"reference": "order 1042"},
}


@pytest.mark.parametrize("method", EVIDENCE_NEEDED)
def test_evidence_is_enough_only_with_every_part_its_method_needs(method: str) -> None:
    good = _GOOD[method]
    check_evidence(method, good)
    for field in good:
        for nothing in ("", "  ", None):
            with pytest.raises(EvidenceProblem) as problem:
                check_evidence(method, {**good, field: nothing})
            assert method in problem.value.detail or field.endswith("_at")


@pytest.mark.parametrize(
    ("method", "evidence", "field"),
    [
        ("", {}, "method"),
        ("telepathy", {"message": "yes"}, "method"),
        ("keyword", {}, "message"),
        ("web_form", {"wording": "Yes"}, "url"),
        ("import", {"source": "crm", "collected_at": "yesterday"}, "collected_at"),
        ("import", {"source": "crm", "collected_at": "2026-11-23"}, "collected_at"),
        ("import", {"source": "crm", "collected_at": "2026-11-23T17:00:00"}, "collected_at"),
        ("double_opt_in", {"asked_at": _AT, "confirmed_at": "2026-11-23T16:59:59Z"}, "confirmed_at"),
        ("keyword", {"message": "x" * 4001}, "message"),
        ("keyword", {"message": "a\x00b"}, "message"),
        ("keyword", {"message": ["JOIN"]}, "message"),
        ("keyword", {"message": "JOIN"} | {f"f{n}": 1 for n in range(30)}, "evidence"),
    ],
)
def test_evidence_that_does_not_carry_its_method_is_named(method: str, evidence: dict[str, object], field: str) -> None:
    with pytest.raises(EvidenceProblem) as problem:
        check_evidence(method, evidence)
    assert problem.value.field == field


def test_either_of_two_fields_will_do_where_the_table_says_so() -> None:
    check_evidence("web_form", {"wording": "Yes", "ip": "192.0.2.1"})
    check_evidence("voice", {"agent": "Kim", "wording": "Do you agree?"})


def test_every_method_is_either_proof_or_claim() -> None:
    assert set(EVIDENCE_NEEDED) == PROOFS | CLAIMS
    assert not PROOFS & CLAIMS
