"""Whom does an uploaded list name? CSV or NDJSON becomes numbers and the caller's ids of persons, line by line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from app.domain.contact import LONGEST_PERSON
from app.domain.import_file import UnusableFile, check_encoding, read_csv, read_header, read_ndjson
from app.domain.number import NumberProblem, read_number

MOST_LINES = 1_000_000
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_COLUMNS = ("phone", "person")


@dataclass(frozen=True, slots=True)
class Named:
    """What a file names: each line's number or person, and how many lines there were and how many could not be read."""

    phones: list[str]
    persons: list[str]
    lines: int
    rejected: int


def _csv_cells(body: bytes) -> Iterator[tuple[str, str] | None]:
    names, delimiter = read_header(body)
    places = {name.strip().lower(): place for place, name in enumerate(names)}
    if not any(name in places for name in _COLUMNS):
        raise UnusableFile("no_phone_column", "the header names neither phone nor person")
    rows = read_csv(body, delimiter=delimiter, columns=len(names))
    next(rows)  # the header
    for row in rows:
        cells = [row.cells[places[name]].strip() if not row.problem and name in places else "" for name in _COLUMNS]
        yield None if row.problem else (cells[0], cells[1])


def _object(text: str) -> tuple[str, str] | None:
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict):
        return None
    cells = [found.get(name, "") for name in _COLUMNS]
    return (cells[0], cells[1]) if all(isinstance(cell, str) for cell in cells) else None


def _ndjson_cells(body: bytes) -> Iterator[tuple[str, str] | None]:
    for row in read_ndjson(body):
        yield None if row.problem else _object(row.cells[0])


def _number(text: str, default_region: str | None) -> str | None:
    if _E164.fullmatch(text):
        return text  # as it is kept: a number that cannot be is nobody's
    try:
        return read_number(text, default_region=default_region).facts.e164
    except NumberProblem:
        return None


def read_list(body: bytes, *, ndjson: bool, default_region: str | None) -> Named:
    """Read a whole file. Slow for large ones: call it in a thread. Raises UnusableFile."""
    text = check_encoding(body)
    phones, persons, lines, rejected = [], [], 0, 0
    for cells in _ndjson_cells(text) if ndjson else _csv_cells(text):
        lines += 1
        if lines > MOST_LINES:
            raise UnusableFile("too_many_rows", f"more than {MOST_LINES} lines; split the file")
        phone, person = cells or ("", "")
        if person and len(person) <= LONGEST_PERSON and "\x00" not in person:
            persons.append(person)
        elif phone and (number := _number(phone, default_region)) is not None:
            phones.append(number)
        else:
            rejected += 1
    if not phones and not persons:
        raise UnusableFile("no_numbers", "no line has a number or a person that can be read")
    return Named(phones, persons, lines, rejected)
