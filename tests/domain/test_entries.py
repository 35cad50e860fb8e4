"""The book told in one shape: nothing twice, no code that no rule has, everything with a source."""

import pytest

from app.domain.entries import RETENTION_KIND, Entry, entries_of_rows, entries_of_rules, is_about, is_on
from app.domain.facts import STRICT, Market
from app.domain.regions import is_region
from app.domain.retention import RETENTION
from app.domain.rulebook import codes_of, load_rules

ROWS = {entry.id: entry for entry in entries_of_rows()}
KINDS = {"hours", "cap", "consent", "consent_age", "content", "prohibited", "age", "registry", "opt_out_deadline", "retention"}


def test_every_row_is_listed_once_with_a_source_and_a_confidence() -> None:
    assert len(ROWS) == len(entries_of_rows())
    assert {entry.kind for entry in ROWS.values()} == KINDS
    for entry in ROWS.values():
        assert entry.source and entry.channels and entry.terms, entry.id
        assert entry.confidence in {"certain", "likely", "verify"}, entry.id
        assert all(is_region(region) for region in entry.regions), entry.id
        assert not (entry.valid_from and entry.valid_to) or entry.valid_from < entry.valid_to, entry.id


def test_what_a_row_leads_to_is_a_code_of_its_familys_rules() -> None:
    known = {code for rule in load_rules() for code in codes_of(rule)}
    for entry in ROWS.values():
        assert set(entry.codes) <= known, entry.id
        assert all(code.partition(".")[0] == entry.family for code in entry.codes), entry.id
        assert entry.codes or not _decides(entry), entry.id


def _decides(entry: Entry) -> bool:
    """Whether some decision may object because of it.

    Nobody is refused by the day a no has to be honoured by, by a term of keeping, or by a region that asks for no consent.
    """
    return entry.kind not in {"opt_out_deadline", RETENTION_KIND} and entry.terms.get("needed", True)


def test_a_term_of_keeping_is_told_with_all_it_says_and_belongs_to_no_rule() -> None:
    kept = [entry for entry in ROWS.values() if entry.kind == RETENTION_KIND]
    assert [(entry.terms["what"], entry.terms["days"], entry.terms["then"]) for entry in kept] == [
        (row.what, row.days, row.purged) for row in RETENTION
    ]
    assert [(entry.source, entry.confidence, entry.valid_from, entry.valid_to) for entry in kept] == [
        (row.source, row.confidence, row.valid_from, row.valid_to) for row in RETENTION
    ]
    families = {rule.code.partition(".")[0] for rule in load_rules()}
    assert {entry.family for entry in kept}.isdisjoint(families)
    assert all(entry.codes == () and is_about(entry, "DE") and is_on(entry, STRICT) for entry in kept)


def test_every_rule_is_listed_with_all_its_codes() -> None:
    rules = load_rules()
    assert [(entry.id, entry.codes) for entry in entries_of_rules(rules)] == [(rule.code, codes_of(rule)) for rule in rules]


def test_every_code_of_hours_and_caps_stands_in_a_row() -> None:
    told = {code for entry in ROWS.values() if entry.kind in {"hours", "cap"} for code in entry.codes}
    assert {"time.quiet.us.federal", "time.sunday.us.la", "time.holiday.us.al", "cap.us.fl.3_per_24h"} <= told


@pytest.mark.parametrize(
    ("region", "named", "left_out"),
    [
        ("US-LA", {"us.federal", "us.la", "registry.us.la_dnc", "age.anywhere.alcohol"}, {"us.fl", "fr.text"}),
        ("US", {"us.federal", "us.la", "us.fl"}, {"fr.text"}),
        ("FR-57", {"fr.text", "fr.alsace_moselle.57.text"}, {"fr.alsace_moselle.67.text", "us.federal"}),
        ("PR", {"us.federal"}, {"us.la"}),
    ],
)
def test_a_region_has_the_rows_around_and_within_it(region: str, named: set[str], left_out: set[str]) -> None:
    found = {entry.id for entry in ROWS.values() if is_about(entry, region)}
    assert named <= found
    assert not left_out & found


def entry(name: str) -> Entry:
    return ROWS[name]


def test_a_row_counts_where_its_market_is_open_and_the_profile_has_it() -> None:
    assert is_on(entry("us.federal"), STRICT)
    assert not is_on(entry("us.federal"), Market(only=frozenset({"CA"})))
    assert not is_on(entry("ae.sms"), STRICT)
    assert is_on(entry("ae.sms"), Market(enabled=frozenset({"AE"})))
    assert is_on(entry("us.mi"), STRICT)
    assert not is_on(entry("us.mi"), Market(profile="statutory"))
    assert is_on(entry("us.mi"), Market(profile="statutory", enabled=frozenset({"US-MI"})))
    assert is_on(entry("age.anywhere.alcohol"), Market(only=frozenset()))
