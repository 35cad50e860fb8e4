"""Nothing in a table that goes out is run by the spreadsheet that opens it, and nothing in it is lost."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.spreadsheet import csv_lines, safe_cell

_ANY = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=40)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("+14155552671", "+14155552671"),
        ("-3.5e2", "-3.5e2"),
        (-3, "-3"),
        (True, "true"),
        (None, ""),
        (["=a", "b"], "'=a;b"),
        ("Maya", "Maya"),
    ],
)
def test_what_would_be_a_formula_is_told_to_be_text(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


@given(st.lists(st.lists(_ANY, min_size=2, max_size=3), max_size=5))
def test_every_cell_is_read_back_behind_at_most_an_apostrophe(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_lines(rows).decode(), newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    assert not any(cell[:1] in set("=@") for row in read for cell in row)
