"""Files as people send them: what is one row, which line it is on, and what is wrong with it."""

import contextlib
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.import_columns import Columns, map_columns, slug
from app.domain.import_file import UnusableFile, check_encoding, read_csv, read_header, read_ndjson
from app.domain.import_rows import Shared, phone_text, read_row


def read(text: str) -> list[tuple[int, list[str] | str]]:
    """(line, cells or the code of the problem) of each row after the header."""
    body = check_encoding(text.encode())
    names, delimiter = read_header(body)
    rows = list(read_csv(body, delimiter=delimiter, columns=len(names)))[1:]
    return [(row.line, row.problem.partition(":")[0] or row.cells) for row in rows]


@pytest.mark.parametrize(
    ("label", "text", "rows"),
    [
        ("plain", "a,b\n1,2\n3,4", [(2, ["1", "2"]), (3, ["3", "4"])]),
        ("Windows", "a,b\r\n1,2\r\n", [(2, ["1", "2"])]),
        ("an old Macintosh", "a,b\r1,2\r3,4\r", [(2, ["1", "2"]), (3, ["3", "4"])]),
        ("a mark before it", "\ufeffa,b\n1,2\n", [(2, ["1", "2"])]),
        ("blank lines", "\n\na,b\n\n1,2\n , \n,\n", [(5, ["1", "2"]), (6, [" ", " "])]),
        ("semicolons with a comma inside", "a;b\n1,5;2\n", [(2, ["1,5", "2"])]),
        ("Excel's word for them", "sep=;\r\na,x;b\r\n1,5;2\r\n", [(3, ["1,5", "2"])]),
        ("the same further down is a row", "a,b\nsep=;\n", [(2, ["sep=;"])]),
        ("tabs", "a\tb\n1\t2\n", [(2, ["1", "2"])]),
        ("one column", "a\n1\n", [(2, ["1"])]),
        ("a comma only in a quoted name", 'a;"b,c,d"\n1;2\n', [(2, ["1", "2"])]),
        ("lines within quotes", 'a,b\n"x\ny",2\n3,4\n', [(2, ["x\ny", "2"]), (4, ["3", "4"])]),
        ("a doubled quote", 'a,b\n"x ""y""",2\n', [(2, ['x "y"', "2"])]),
        ("fewer cells", "a,b,c\n1\n", [(2, ["1"])]),
        ("more cells, all empty", "a,b\n1,2,,\n", [(2, ["1", "2"])]),
        ("more cells", "a,b\n1,2,3\n4,5\n", [(2, "too_many_cells"), (3, ["4", "5"])]),
        ("a quote never closed", 'a,b\n1,"x\n3,4\n5,6\n', [(2, "broken_row"), (3, ["3", "4"]), (4, ["5", "6"])]),
        ("a quote never closed at the end", 'a,b\n3,4\n1,"x', [(2, ["3", "4"]), (3, "broken_row")]),
        ("text behind a quote", 'a,b\n"x"y,2\n3,4\n', [(2, "broken_row"), (3, ["3", "4"])]),
        ("two broken rows in a row", 'a,b\n1,"x\n2,"y\n3,4\n', [(2, "broken_row"), (3, "broken_row"), (4, ["3", "4"])]),
        ("NUL", "a,b\n1,\x00\n3,4\n", [(2, "not_text"), (3, ["3", "4"])]),
        ("a cell that is too long", f"a,b\n1,{'x' * 10_001}\n3,4\n", [(2, "too_long"), (3, ["3", "4"])]),
        ("a cell beyond every limit", f"a,b\n1,{'x' * 200_000}\n3,4\n", [(2, "broken_row"), (3, ["3", "4"])]),
        ("a line beyond every limit", f"a,b\n{'1,' * 1_000_000}\n3,4\n", [(2, "broken_row"), (3, ["3", "4"])]),
    ],
)
def test_which_rows_are_in_the_file(label: str, text: str, rows: list[tuple[int, list[str] | str]]) -> None:
    assert read(text) == rows, label


def test_a_quote_opened_in_a_long_file_costs_its_own_row_only() -> None:
    rows = read('a,b\n1,"x\n' + "3,4\n" * 50_000)
    assert rows[0] == (2, "broken_row")
    assert len(rows) == 50_001
    assert rows[-1] == (50_002, ["3", "4"])


cells = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=20)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=2).filter(any), max_size=8))
def test_what_a_spreadsheet_writes_is_read_back(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["phone", "name"], *rows])
    assert [found for _, found in read(file.getvalue())] == rows


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(['"', ",", "\n", "\r", "\r\n", "a", '""', " ", "\x00", ";", "é"]), max_size=40))
def test_no_file_breaks_the_reader_and_lines_only_rise(pieces: list[str]) -> None:
    body = ("phone,name\n" + "".join(pieces)).encode()
    rows = list(read_csv(body, delimiter=",", columns=2))
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert all(bool(row.problem) != bool(row.cells) for row in rows)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(UnusableFile):  # and nothing else
        text = check_encoding(body)
        assert all(row.line >= 1 for row in read_ndjson(text))
        names, delimiter = read_header(text)
        map_columns(names, delimiter=delimiter, phone_column=names[0])


@pytest.mark.parametrize(
    ("header", "place", "name"),
    [
        ("First Name", 1, "first_name"),
        ("  E-Mail ", 1, "e_mail"),
        ("Prénom (fils)", 1, "prenom_fils"),
        ("Straße", 1, "strae"),
        ("1st purchase", 1, "column_1st_purchase"),
        ("Имя", 3, "column_3"),
        ("___", 4, "column_4"),
        ("x" * 80, 1, "x" * 64),
        ("9" * 80, 1, "column_" + "9" * 57),
    ],
)
def test_a_header_becomes_an_attributes_name(header: str, place: int, name: str) -> None:
    assert slug(header, place=place) == name


def test_columns_survive_being_kept_with_the_job() -> None:
    columns = map_columns(["Tel", "a", "b:number", "Tags", "TZ", "timezone"], delimiter=";", phone_column=None)
    assert Columns.from_json(columns.as_json()) == columns
    assert (columns.phone, columns.tags, columns.time_zone) == (0, 3, 5)
    assert columns.attributes == ((1, "a", "text"), (2, "b", "number"), (4, "tz", "text"))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "3", 3),
        ("number", "-3", -3),
        ("number", "+3.50", 3.5),
        ("number", ".5", 0.5),
        ("number", "1e3", 1000.0),
        ("number", "007", 7),
        ("boolean", "YES", True),
        ("boolean", "0", False),
        ("boolean", "t", True),
        ("text", "007", "007"),
        ("text", " spaced ", "spaced"),
    ],
)
def test_a_cell_takes_the_type_of_its_column(kind: str, text: str, value: object) -> None:
    suffix = "" if kind == "text" else f":{kind}"
    columns = map_columns(["phone", f"x{suffix}"], delimiter=",", phone_column=None)
    phone, change = read_row(["+1", text], columns, Shared())
    assert (phone, dict(change.attributes)) == ("+1", {"x": value})
    assert type(change.attributes["x"]) is type(value)


@pytest.mark.parametrize("text", ["{", "[]", "3", '"+1"', "{}", '{"phone": []}', "NaN", '{"phone": "\\ud800"}'])
def test_the_phone_of_a_broken_line_can_always_be_told(text: str) -> None:
    assert phone_text([text], Columns("ndjson", phone_key="phone")) == ""


def test_a_line_that_names_a_delimiter_is_no_json() -> None:
    assert [(row.line, row.cells) for row in read_ndjson(b'sep=;\n{"phone": "1"}\n')] == [(1, ["sep=;"]), (2, ['{"phone": "1"}'])]
