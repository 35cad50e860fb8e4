"""What rows does an uploaded file hold? CSV or NDJSON text becomes rows with their lines; a broken row is told of, not fatal."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TypeAlias

MOST_COLUMNS = 64
LONGEST_FIELD = 10_000
_LONGEST_LINE = 2 * MOST_COLUMNS * (LONGEST_FIELD + 2)
_DELIMITERS = ",;\t|"
_BOM = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"\+?[\d(][\d ()./-]{5,}\Z")  # no column is called that
# A first line by which Excel is told, and tells, what stands between cells.
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\s*\Z', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')


class UnusableFile(ValueError):
    """The file as a whole cannot be used. `code` is a stable word, the text a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is too large to be held: its bytes, which can be read again from the start, and their encoding."""

    file: BinaryIO
    encoding: str


Body: TypeAlias = bytes | Stored
"""A file's text: UTF-8 bytes without a mark, or a stored file."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row as it stands in the file. `line` counts from 1; a `problem` is "code: sentence", and comes without cells."""

    line: int
    cells: list[str]
    problem: str = ""


def check_encoding(body: bytes) -> bytes:
    """The body without its byte order mark. Raises UnusableFile unless it is UTF-8, naming the line."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnusableFile("not_utf8", "line 1: the file is UTF-16; save it as UTF-8")
    body = body.removeprefix(_BOM)
    if not body.strip():
        raise UnusableFile("empty_file", "the file is empty")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = max(body.count(end, 0, error.start) for end in (b"\n", b"\r")) + 1
        detail = f"line {line}: not UTF-8 (byte 0x{body[error.start]:02x}); save the file as UTF-8"
        raise UnusableFile("not_utf8", detail) from error
    return body


def read_header(body: Body) -> tuple[list[str], str]:
    """The column names of a CSV file and its delimiter (the one of , ; tab | that the first line has most of).

    Raises UnusableFile for a header that is missing, unreadable, too wide or not unique.
    """
    delimiter = find_delimiter(body)
    header = next(read_csv(body, delimiter=delimiter, columns=None), None)
    if header is None or header.problem:
        raise UnusableFile("no_header", f"the header cannot be read: {header.problem if header else 'there is none'}")
    names = [cell.strip() for cell in header.cells]
    if len(names) > MOST_COLUMNS:
        raise UnusableFile("too_many_columns", f"{len(names)} columns; at most {MOST_COLUMNS} are read")
    if not any(names):
        raise UnusableFile("no_header", "the first line names no columns")
    check_names(names)
    return names, delimiter


def check_names(names: Sequence[str]) -> None:
    """Whether a header names columns, each once. Raises UnusableFile; a number in it tells that there is no header."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if _NUMBER.match(name):
            raise UnusableFile("no_header", f"line 1 has a number in column {place}, not a name: say the names with `columns`")
        if name and name in seen:
            raise UnusableFile("duplicate_header", f"columns {seen[name]} and {place} are both named {name!r}")
        seen[name] = place


def find_delimiter(body: Body) -> str:
    """The one of , ; tab | that the first line names ("sep=;"), or else has most of."""
    named = _SEPARATOR.match(next(_lines(body, raw=True), ""))
    if named is not None:
        return named[1]
    bare = _QUOTED.sub("", next((line for line in _lines(body) if line.strip()), ""))
    return max(_DELIMITERS, key=lambda mark: (bare.count(mark), -_DELIMITERS.index(mark)))


def read_csv(body: Body, *, delimiter: str, columns: int | None) -> Iterator[FileRow]:
    """Every row of a CSV file that is not blank, the header too (`columns` None checks no width).

    A row with an unclosed or misplaced quote is told of by its first line, and reading goes on at the next line, so that one
    stray quote does not swallow the file.
    """
    lines = _Replayed(_lines(body))
    while True:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        lines.mark()
        try:
            for cells in reader:
                line = lines.first
                lines.mark()
                if any(cells):
                    yield _checked(line, cells, columns)
            return
        except csv.Error as error:
            yield FileRow(lines.first, [], f"broken_row: {_said(error)}")
            lines.back_to_second()


def read_ndjson(body: Body) -> Iterator[FileRow]:
    """Every line that is not blank, its text as the only cell."""
    for number, line in enumerate(_lines(body, raw=True), 1):
        text = line.strip()
        if len(text) > _LONGEST_LINE:
            yield FileRow(number, [], "too_long: the line is longer than a contact can be")
        elif text:
            yield FileRow(number, [text]) if "\x00" not in text else FileRow(number, [], "not_text: contains a NUL character")


def _lines(body: Body, *, raw: bool = False) -> Iterator[str]:
    """Physical lines with their ends; a lone CR ends one too. Of a line longer than any row only the beginning is held.

    A first line that names the delimiter comes as an empty one, but `raw`.
    """
    names = not raw
    stored = Stored(io.BytesIO(body), "utf-8") if isinstance(body, bytes) else body
    stored.file.seek(0)
    text = io.TextIOWrapper(stored.file, encoding=stored.encoding, newline="")
    try:
        while line := text.readline(_LONGEST_LINE + 1):
            rest = line
            while len(rest) > _LONGEST_LINE and rest[-1] not in "\r\n":
                rest = text.readline(_LONGEST_LINE + 1)
            yield "\n" if names and _SEPARATOR.match(line) else line
            names = False
    finally:
        with suppress(ValueError):  # the file was closed while somebody still looked at a line of it
            text.detach()


def _said(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text or "unexpected end" in text:
        return "a quote is opened and never closed"
    return "text follows a closing quote" if "expected after" in text else text


def _checked(line: int, cells: list[str], columns: int | None) -> FileRow:
    if columns is not None and len(cells) > columns:
        if any(cell.strip() for cell in cells[columns:]):
            return FileRow(line, [], f"too_many_cells: {len(cells)} cells under {columns} columns")
        cells = cells[:columns]
    for place, cell in enumerate(cells, 1):
        if len(cell) > LONGEST_FIELD:
            return FileRow(line, [], f"too_long: cell {place} is longer than {LONGEST_FIELD} characters")
        if "\x00" in cell:
            return FileRow(line, [], f"not_text: cell {place} contains a NUL character")
    return FileRow(line, cells)


class _Replayed:
    """Lines that can be given again: those of the record being read are remembered until it is complete."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self._record: list[str] = []
        self.first = 1
        self._next = 1

    def __iter__(self) -> "_Replayed":
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._record.append(line)
        self._next += 1
        if len(line) > _LONGEST_LINE:
            raise csv.Error("the line is longer than a row can be")
        return line

    def mark(self) -> None:
        """The record is complete: the next line begins another."""
        self._record.clear()
        self.first = self._next

    def back_to_second(self) -> None:
        """Give all lines of the record but its first again."""
        self._again.extend(reversed(list(islice(self._record, 1, None))))
        self._next = self.first + 1
        self._record.clear()
