"""Which numbers does a registry's file hold? Lists, area codes beside numbers, and query results become lines, or say why not."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json import JSONDecodeError, loads
from typing import Literal

import phonenumbers

from app.domain.import_columns import PHONE_COLUMNS, slug
from app.domain.import_file import FileRow, UnusableFile, read_csv, read_header, read_ndjson
from app.domain.number import NumberProblem, read_number
from app.domain.registries import Registry

Answer = Literal["listed", "clear", "unknown"]

# The words registries answer with: the reassigned-numbers database says yes, no and no data.
ANSWERS: Mapping[str, Answer] = {
    **dict.fromkeys(("listed", "yes", "y", "on", "registered", "blocked", "true", "1"), "listed"),
    **dict.fromkeys(("clear", "no", "n", "off", "not_registered", "not_listed", "ok", "false", "0"), "clear"),
    **dict.fromkeys(("unknown", "no_data", "nodata", "none"), "unknown"),
}
_PHONES = frozenset({*PHONE_COLUMNS, "number", "numbers", "tn", "phonenumber"})
_ANSWERS = frozenset({"answer", "result", "status", "response", "listed"})
_DATES = frozenset({"asked_about", "consent_date", "query_date", "date"})
_NANP = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9][0-9]{2})[)]?[ .,;-]{0,2}([2-9][0-9]{2})[ .-]?([0-9]{4})")
_AREA, _REST = re.compile(r"[2-9][0-9]{2}"), re.compile(r"[2-9][0-9]{2}-?[0-9]{4}")
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


@dataclass(frozen=True, slots=True)
class RegistryLine:
    """One line of a file: a number in E.164 and what is said of it, or a `problem` ("code: sentence") and nothing else."""

    line: int
    phone: str = ""
    answer: Answer = "listed"
    asked_about: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Columns:
    phone: int = 0
    answer: int | None = None
    date: int | None = None


@dataclass(frozen=True, slots=True)
class RegistryFile:
    """A file whose layout was understood. `results` says that it holds answers to questions, not a registry's whole list."""

    results: bool
    rows: Callable[[], Iterator[FileRow]]
    read: Callable[[FileRow], RegistryLine]

    def lines(self) -> Iterator[RegistryLine]:
        """Every line that is not blank, read as it is asked for."""
        return map(self.read, self.rows())


def open_registry_file(body: bytes, *, registry: Registry, ndjson: bool) -> RegistryFile:
    """How a file is to be read: `body` is UTF-8 without its mark. Raises UnusableFile where that cannot be told.

    CSV and plain lists: with a header (`phone` or the like, and perhaps `answer` and `asked_about`), or without one, and then the
    number comes first, or an area code beside seven digits. NDJSON has the same words as keys.
    """
    if ndjson:
        first = next((row.cells[0] for row in read_ndjson(body) if row.cells), "")
        results = any(f'"{word}"' in first for word in _ANSWERS)
        _check_layout(registry, results=results)
        return RegistryFile(results, lambda: read_ndjson(body), lambda row: _read_object(row, registry, results=results))
    first_line = next((line for line in body[:10_000].splitlines() if line.strip()), b"")
    has_header = any(character.isalpha() for character in first_line.decode("utf-8", "ignore").replace("tel:", ""))
    names, delimiter = read_header(body) if has_header else ([], _delimiter(first_line))
    columns = _map_columns(names) if has_header else _Columns()
    _check_layout(registry, results=columns.answer is not None)

    def rows() -> Iterator[FileRow]:
        found = read_csv(body, delimiter=delimiter, columns=len(names) or None)
        if has_header:
            next(found, None)
        return found

    return RegistryFile(columns.answer is not None, rows, lambda row: _read_cells(row, columns, registry))


def _delimiter(line: bytes) -> str:
    return next((mark for mark in ",;\t|" if mark.encode() in line), ",")


def _check_layout(registry: Registry, *, results: bool) -> None:
    if registry.name == "us.reassigned" and not results:
        detail = "the reassigned-numbers database answers questions: the file needs an answer column with yes, no or no_data"
        raise UnusableFile("no_answer_column", detail)


def _map_columns(names: Sequence[str]) -> _Columns:
    slugs = [slug(name, place=place) for place, name in enumerate(names, 1)]

    def find(words: frozenset[str]) -> int | None:
        return next((place for place, name in enumerate(slugs) if name in words), None)

    phone = find(_PHONES)
    if phone is None:
        raise UnusableFile("no_phone_column", f"no column is named phone or number; there are {', '.join(names)[:200]}")
    return _Columns(phone, find(_ANSWERS), find(_DATES))


def _read_cells(row: FileRow, columns: _Columns, registry: Registry) -> RegistryLine:
    if row.problem:
        return RegistryLine(row.line, problem=row.problem)
    cells = row.cells
    if len(cells) <= columns.phone:
        return RegistryLine(row.line, problem="empty: there is no number")
    written = cells[columns.phone]
    if len(cells) > 1 and columns.answer is None and _AREA.fullmatch(written.strip()) and _REST.fullmatch(cells[1].strip()):
        written += cells[1]
    answer = _cell(cells, columns.answer)
    return _line(row.line, written, answer, _cell(cells, columns.date), registry, has_answer=columns.answer is not None)


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _read_object(row: FileRow, registry: Registry, *, results: bool) -> RegistryLine:
    if row.problem:
        return RegistryLine(row.line, problem=row.problem)
    try:
        found = loads(row.cells[0])
    except (JSONDecodeError, RecursionError, ValueError):
        return RegistryLine(row.line, problem="not_json: the line is not one JSON object")
    if isinstance(found, str):
        found = {"phone": found}
    if not isinstance(found, dict):
        return RegistryLine(row.line, problem="not_json: the line is not one JSON object")

    def value(words: frozenset[str]) -> tuple[bool, str]:
        key = next((key for key in found if key in words), None)
        return key is not None, "" if key is None or found[key] is None else str(found[key])

    (_, written), (has_answer, answer), (_, day) = value(_PHONES), value(_ANSWERS), value(_DATES)
    return _line(row.line, written, answer, day, registry, has_answer=has_answer or results)


def _line(line: int, written: str, answer: str, day: str, registry: Registry, *, has_answer: bool) -> RegistryLine:
    try:
        phone = read_listed(written, registry)
        said = read_answer(answer) if has_answer else "listed"
        return RegistryLine(line, phone, said, _read_day(day) if day.strip() else None)
    except NumberProblem as problem:
        return RegistryLine(line, problem=f"{problem.code}: {problem.detail}")
    except ValueError as problem:
        return RegistryLine(line, problem=str(problem))


def read_listed(written: str, registry: Registry) -> str:
    """A number as registries write it, in E.164: national, of the registry's country, or international. Raises NumberProblem.

    North American numbers are told by their shape alone, so that a million of them take seconds.
    """
    country = registry.regions[0].partition("-")[0] if registry.regions else None
    text = written.strip()
    if country in {"US", "CA"} and (found := _NANP.fullmatch(text)):
        return f"+1{found[1]}{found[2]}{found[3]}"
    phone = read_number(text, default_region=country).facts.e164
    if country is not None and not phone.startswith(f"+{phonenumbers.country_code_for_region(country)}"):
        raise NumberProblem("other_country", f"the {registry.title} is not about numbers of that country")
    return phone


def read_answer(written: str) -> Answer:
    """What a registry answered, by any of its words. Raises ValueError ("code: sentence")."""
    word = written.strip().casefold().replace(" ", "_").replace("-", "_")
    if word not in ANSWERS:
        raise ValueError("unknown_answer: answers are yes or listed, no or clear, no_data or unknown")
    return ANSWERS[word]


def _read_day(written: str) -> datetime:
    text = written.strip()
    try:
        if found := _DAY.fullmatch(text):
            instant = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
        else:
            instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("not_a_date: dates are written 2026-11-23") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    if not _FIRST_YEAR <= instant.year < _LAST_YEAR:
        raise ValueError("not_a_date: the year lies between 2000 and 2199")
    return instant
