"""Are rule rows that nobody could live by refused, with the row named?"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.book import CAP_ROWS, ROWS
from app.domain.message import Channel
from app.domain.regions import country_of, covers, is_region, path_of
from app.domain.row_checks import BadRow, Row, validate_rows
from app.domain.windows import ALWAYS, RECORDED, Closed, Day, workspace_row

_ROW = workspace_row(id="evenings", region="US-FL", channels=Channel, week=[((600, 1080),)] * 7)
_CAP = replace(CAP_ROWS[0], id="measure")
_EVE, _NEXT_YEAR = date(2026, 12, 31), date(2027, 1, 1)

_BAD: list[tuple[str, list[Row], str, str]] = [
    ("an unknown region", [replace(_ROW, region="US-ZZ")], "evenings", "region"),
    ("a country that is none", [replace(_ROW, region="XX")], "evenings", "region"),
    ("no region", [replace(_ROW, region="")], "evenings", "region"),
    ("no channel", [replace(_ROW, channels=frozenset())], "evenings", "channels"),
    ("ends before it starts", [replace(_ROW, valid_from=_NEXT_YEAR, valid_to=date(2026, 1, 1))], "evenings", "valid_to"),
    ("ends on the day it starts", [replace(_ROW, valid_from=_NEXT_YEAR, valid_to=_NEXT_YEAR)], "evenings", "valid_to"),
    ("six days", [replace(_ROW, week=_ROW.week[:6])], "evenings", "week"),
    ("closes before it opens", [replace(_ROW, week=(Day(((1080, 600),), "x"),) * 7)], "evenings", "week"),
    ("past midnight", [replace(_ROW, week=(Day(((600, 1441),), "x"),) * 7)], "evenings", "week"),
    ("before midnight", [replace(_ROW, week=(Day(((-1, 60),), "x"),) * 7)], "evenings", "week"),
    ("ranges that cross", [replace(_ROW, week=(Day(((60, 120), (90, 180)), "x"),) * 7)], "evenings", "week"),
    ("ranges that touch", [replace(_ROW, week=(Day(((60, 120), (120, 180)), "x"),) * 7)], "evenings", "week"),
    ("an empty range", [replace(_ROW, week=(Day(((60, 60),), "x"),) * 7)], "evenings", "week"),
    ("eves", [replace(_ROW, eves=Day(((60, 60),), "x"))], "evenings", "week"),
    ("no code", [replace(_ROW, week=(Day(((60, 90),), ""),) * 7)], "evenings", "week"),
    ("no such calendar", [replace(_ROW, holidays=(Closed("US-ZZ", "x"),))], "evenings", "holidays"),
    ("no source", [replace(_ROW, source="")], "evenings", "source"),
    ("twice the same", [_ROW, replace(_ROW, id="again")], "again", "valid_from"),
    (
        "two overlapping in time",
        [replace(_ROW, valid_to=_NEXT_YEAR), replace(_ROW, id="next", valid_from=_EVE)],
        "next",
        "valid_from",
    ),
    ("two overlapping in channels", [_ROW, replace(_ROW, id="texts", channels=frozenset({Channel.SMS}))], "texts", "valid_from"),
    ("without an id, by its region", [replace(_ROW, id="", source="")], "US-FL", "source"),
    ("a cap below nothing", [replace(_CAP, limit=-1)], "measure", "limit"),
    ("a cap of no time", [replace(_CAP, window=timedelta())], "measure", "window"),
    ("a cap twice", [_CAP, replace(_CAP, id="again")], "again", "valid_from"),
]


@pytest.mark.parametrize(("what", "rows", "name", "field"), _BAD, ids=[case[0] for case in _BAD])
def test_a_bad_row_is_refused_by_name(what: str, rows: list[Row], name: str, field: str) -> None:
    with pytest.raises(BadRow) as bad:
        validate_rows(rows)
    assert (bad.value.row, bad.value.field, bad.value.index) == (name, field, len(rows) - 1), what
    assert name in str(bad.value)


_GOOD: list[tuple[str, list[Row]]] = [
    ("one after the other", [replace(_ROW, valid_to=_NEXT_YEAR), replace(_ROW, id="then", valid_from=_NEXT_YEAR)]),
    ("two regions", [_ROW, replace(_ROW, id="wide", region="US")]),
    ("two channels", [replace(_ROW, channels=frozenset({Channel.SMS})), replace(_ROW, channels=frozenset({Channel.VOICE}))]),
    ("machines apart", [_ROW, replace(_ROW, id="machines", technologies=RECORDED)]),
    ("a whole day", [replace(_ROW, week=(Day(ALWAYS, "x"),) * 7)]),
    ("a closed week", [replace(_ROW, week=(Day((), "x"),) * 7)]),
    ("a cap and hours", [_ROW, _CAP]),
    ("none", []),
]


@pytest.mark.parametrize(("what", "rows"), _GOOD, ids=[case[0] for case in _GOOD])
def test_rows_that_can_live_together_are_taken(what: str, rows: list[Row]) -> None:
    validate_rows(rows)


def test_a_workspaces_row_may_hold_everywhere() -> None:
    validate_rows([replace(_ROW, region="")], everywhere=True)


def test_the_book_itself_is_good() -> None:
    validate_rows((*ROWS, *CAP_ROWS))
    names = [*(row.id for row in ROWS), *(row.id for row in CAP_ROWS)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("region", "path", "country"),
    [
        ("US-FL", ("US", "US-FL"), "US"),
        ("PR", ("US", "US-PR"), "US"),
        ("US-PR", ("US", "US-PR"), "US"),
        ("FR", ("FR",), "FR"),
        ("FR-57", ("FR", "FR-57"), "FR"),
        ("", (), ""),
    ],
)
def test_a_region_lies_in_others(region: str, path: tuple[str, ...], country: str) -> None:
    assert (path_of(region), country_of(region)) == (path, country)


@pytest.mark.parametrize("code", ["US", "US-FL", "PR", "US-PR", "US-DC", "CA-BC", "FR-57", "FR-2A", "AU-NSW", "NP", "IM"])
def test_these_are_regions(code: str) -> None:
    assert is_region(code)


@pytest.mark.parametrize("code", ["", "us", "USA", "US-", "US-fl", "US-ZZ", "FR-20", "FR-99", "XX", "-FL", "US-FL-1", "001"])
def test_these_are_none(code: str) -> None:
    assert not is_region(code)


@given(
    st.sampled_from(["US", "US-FL", "PR", "FR", "FR-57", "CA-BC"]), st.sampled_from(["US", "US-FL", "PR", "FR", "FR-57", "CA-BC"])
)
def test_a_region_covers_itself_and_what_lies_in_it(wide: str, narrow: str) -> None:
    assert covers(wide, wide)
    assert covers(wide, narrow) == (wide == narrow or (wide == country_of(narrow)))
