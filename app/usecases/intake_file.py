"""How is a file taken in that is larger than memory? It is unfolded and looked at as it comes, and waits on disk to be read."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self, cast

from app.domain.errors import InvalidField, TooLarge
from app.domain.gunzip import MAGIC, Gunzip
from app.domain.import_columns import Columns, map_columns, map_keys, read_mapping, rename_columns
from app.domain.import_file import (
    FileRow,
    Stored,
    UnusableFile,
    check_names,
    find_delimiter,
    read_csv,
    read_header,
    read_ndjson,
)
from app.domain.text_encoding import Encoding, Look, check_decodes, given_encoding

Format = Literal["csv", "ndjson"]
_IN_MEMORY = 1_048_576
_BLOCK = 262_144
_HEAD = 4_096
_NOTHING = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_POINTERS = {"bad_map": "/query/map", "no_such_column": "/query/map", "unknown_encoding": "/query/encoding"}


@contextmanager
def _told(phone_column: str | None = None) -> Iterator[None]:
    """What is wrong with a file becomes a problem of the request, with its field."""
    try:
        yield
    except UnusableFile as error:
        if error.code == "too_large":
            raise TooLarge(error.detail, pointer="/body") from error
        chosen = "/query/phone_column" if error.code == "no_phone_column" and phone_column else "/body"
        raise InvalidField(error.detail, pointer=_POINTERS.get(error.code, chosen), code=error.code) from error


class Intake:
    """A file as it arrives. What it does is slow for large files: call it in a thread. A context manager: it forgets the file.

    An encoding can be told from the whole file alone, and no transaction is to wait for a slow sender: so it is stored first.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # closed by __exit__
        self._look = Look()
        self._gunzip: Gunzip | None = None
        self._begun = b""
        self._started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    @classmethod
    def of(cls, body: bytes, *, most: int = 1 << 40) -> "Intake":
        """A whole file at hand. Raises as `feed` does."""
        with ExitStack() as stack:
            intake = stack.enter_context(cls(most=most))
            intake.feed(body)
            stack.pop_all()
        return intake

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises InvalidField for compressed ones that cannot be unfolded, TooLarge for too many."""
        if not self._started:
            self._begun += data
            if len(self._begun) < len(MAGIC):
                return
            data, self._started = self._begun, True
            self._gunzip = Gunzip(most=self._most) if data.startswith(MAGIC) else None
        with _told():
            for block in self._gunzip.feed(data) if self._gunzip else (data,):
                self._look.feed(block)
                self._file.write(block)
        if self._look.size > self._most:
            raise TooLarge(f"the file is over {self._most} bytes", pointer="/body")

    def open(self, *, format: Format, encoding: str | None = None) -> "Opened":  # noqa: A002  # the word of the field
        """The whole file has come: what it is. Raises InvalidField for one that is no text, and names the line."""
        with _told():
            if not self._started:
                self._started = True
                self._look.feed(self._begun)
                self._file.write(self._begun)
            if self._gunzip is not None:
                self._gunzip.finish()
            self._look.finish()
            # Marks and the NULs of wide characters are nothing to read either.
            if self._look.blank or (self._look.size <= _HEAD and not self._look.head.strip(_NOTHING)):
                raise UnusableFile("empty_file", "the file is empty")
            self._look.check_text()
            found = self._encoding(encoding)
            told = {
                "format": format,
                "bytes": self._look.size,
                "compressed": self._gunzip is not None,
                "encoding": found.label,
                "encoding_told_by": found.told,
            }
            return Opened(Stored(cast("BinaryIO", self._file), found.name), format, told)

    def _encoding(self, given: str | None) -> Encoding:
        found = self._look.encoding() if given is None else given_encoding(given)
        if found.name == "utf-8-sig" and not self._look.broken_line:
            return found
        try:
            check_decodes(self._blocks(), found)
        except UnusableFile:
            if found.told != "guess":
                raise
            return Encoding("latin-1", "guess")  # in which every byte is something
        return found

    def _blocks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block


@dataclass(frozen=True, slots=True)
class Opened:
    """A stored file whose encoding is known. `told` is what the job tells of it."""

    text: Stored
    format: Format
    told: dict[str, Any]

    def mapped(
        self, *, phone_column: str | None = None, mapping: Sequence[str] = (), names: Sequence[str] | None = None
    ) -> "ImportFile":
        """Its columns, by its header or by `names` where it has none. Raises InvalidField when they cannot be told."""
        with _told(phone_column):
            meant = read_mapping(mapping)
            if self.format == "ndjson":
                return ImportFile(self.text, map_keys(phone_column, meant), self.told)
            if names is None:
                found, delimiter = read_header(self.text)
            else:
                found, delimiter = [name.strip() for name in names], find_delimiter(self.text)
                check_names(found)
            named = rename_columns(found, meant)
            check_names(named)
            columns = map_columns(named, delimiter=delimiter, phone_column=meant.get(phone_column or "", phone_column))
            return ImportFile(self.text, columns, self.told, has_header=names is None)


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file of contacts, found usable."""

    text: Stored | bytes
    columns: Columns
    told: dict[str, Any] = field(default_factory=dict)
    has_header: bool = True

    def rows(self) -> Iterator[FileRow]:
        """Every data row, read as they are asked for."""
        if self.columns.format == "ndjson":
            yield from read_ndjson(self.text)
            return
        rows = read_csv(self.text, delimiter=self.columns.delimiter, columns=self.columns.width)
        if self.has_header:
            next(rows)
        yield from rows
