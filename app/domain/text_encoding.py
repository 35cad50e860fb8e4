"""In which encoding is a file? Told by its mark, by its bytes, by its sender, or guessed where nothing else is known."""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from charset_normalizer import from_bytes

from app.domain.import_file import UnusableFile

Told = Literal["given", "mark", "bytes", "guess"]

# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What people's programs still write. A guess is made among these alone: the fewer, the better it is.
_GUESSED = (
    *(f"cp{page}" for page in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 874, 932, 949)),
    *("gb18030", "big5", "euc_jp", "koi8_r", "mac_roman", "cp437", "cp850", "cp866"),
)
# What people send instead of text, by its first bytes.
_NO_TEXT = {
    b"PK\x03\x04": "a workbook (xlsx) or a zip archive: save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old workbook (xls): save the sheet as CSV",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"BZh": "packed with bzip2: send it plain, or as gzip",
    b"\xfd7zXZ": "packed with xz: send it plain, or as gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd: send it plain, or as gzip",
}
# Codecs of Python's that spell names and source code; no file of people is written so.
_SPELLINGS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "unicode_escape", "raw_unicode_escape"})
_WESTERN = "cp1252"
_FEW = 8  # bytes outside ASCII: too few to tell one Western page from another
_HEAD = 4_096
_SAMPLE = 65_536
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec of Python's by name, and what it was told by."""

    name: str
    told: Told

    @property
    def label(self) -> str:
        """The name as people write it: utf-8, windows-1252."""
        plain = self.name.removesuffix("-sig").replace("_", "-")
        return f"windows-{plain[2:]}" if plain.startswith("cp125") else plain


def given_encoding(word: str) -> Encoding:
    """What a caller calls an encoding ("latin1", "Windows-1252", "utf16"). Raises UnusableFile for one nobody knows."""
    plain = word.strip().lower()
    try:
        name = codecs.lookup("utf-8-sig" if plain in {"utf8", "utf-8", "utf_8"} else plain).name
        "phone,1\n".encode(name).decode(name)
    except (LookupError, ValueError, TypeError, AttributeError):
        name = ""
    if not name or name in _SPELLINGS:
        shown = "".join(char for char in word[:_LONGEST_NAME] if char.isprintable() and char.isascii())
        raise UnusableFile("unknown_encoding", f"{shown!r} is no encoding of text known here")
    return Encoding(name, "given")


@dataclass(slots=True)
class Look:
    """A look at a whole file, block by block: whether it is UTF-8, where it is not, and what its first odd lines hold."""

    head: bytes = b""
    broken_line: int = 0
    broken_byte: int = 0
    size: int = 0
    blank: bool = True
    _lines: int = 1
    _sample: bytearray = field(default_factory=bytearray)
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    _held: bytes = b""

    def feed(self, block: bytes) -> None:
        """The next bytes of the file."""
        self.size += len(block)
        if len(self.head) < _HEAD:
            self.head += block[: _HEAD - len(self.head)]
        self.blank = self.blank and not block.strip()
        if block.isascii() and not self._held:
            self._lines += _line_ends(block)
            return
        if len(self._sample) < _SAMPLE:
            self._sample += b"\n".join(line for line in block.splitlines() if not line.isascii())[:_SAMPLE] + b"\n"
        if self.broken_line:
            return
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError as error:
            self._break(error.object, error.start)  # what was held back of the block before comes first in it
            return
        self._held, _ = self._decoder.getstate()
        self._lines += _line_ends(block)

    def finish(self) -> None:
        """The file has ended: a character cut off by its end is broken too."""
        if self._held and not self.broken_line:
            self.broken_line, self.broken_byte = self._lines, self._held[0]

    def _break(self, seen: bytes, start: int) -> None:
        self.broken_line = self._lines + _line_ends(seen[:start])
        self.broken_byte = seen[start]

    def check_text(self) -> None:
        """Raises UnusableFile for a file whose first bytes say that it is something else."""
        what = next((told for magic, told in _NO_TEXT.items() if self.head.startswith(magic)), None)
        if what is not None:
            raise UnusableFile("not_text", f"the file is {what}")

    def encoding(self) -> Encoding:
        """What the bytes tell. Raises UnusableFile for UTF-8 with something else in it."""
        mark = next((name for mark, name in _MARKS if self.head.startswith(mark)), None)
        if mark is not None and mark != "utf-8-sig":
            return Encoding(mark, "mark")
        if (wide := _without_mark(self.head)) is not None:
            return Encoding(wide, "bytes")
        if not self.broken_line:
            return Encoding("utf-8-sig", "bytes" if mark is None else "mark")
        if mark is not None or self._is_mostly_utf8():
            found = f"line {self.broken_line}: not UTF-8 (byte 0x{self.broken_byte:02x}), though the rest is"
            raise UnusableFile("not_utf8", f"{found}; save the file as UTF-8, or say its encoding")
        return Encoding(_guess(bytes(self._sample)), "guess")

    def _is_mostly_utf8(self) -> bool:
        text = bytes(self._sample).decode("utf-8", "replace")
        broken = text.count("\ufffd")
        return sum(not char.isascii() for char in text) - broken > broken


def _line_ends(block: bytes) -> int:
    return block.count(b"\n") or block.count(b"\r")


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without its mark: text of a Western header has a NUL in every second byte."""
    if len(head) < 4 or b"\x00" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 and odd < half * 0.1 else None


def _guess(sample: bytes) -> str:
    """The likeliest of the encodings people still use. Few odd bytes tell little: then it is the Western one, if it can be."""
    odd = sum(byte > 0x7F for byte in sample)
    if odd <= _FEW and _reads_as_words(sample, _WESTERN):
        return _WESTERN
    best = from_bytes(sample, cp_isolation=list(_GUESSED)).best()
    if best is not None and best.encoding in _GUESSED:
        return best.encoding
    return _WESTERN if _reads_as_words(sample, _WESTERN) else "latin-1"


def _reads_as_words(sample: bytes, name: str) -> bool:
    try:
        text = sample.decode(name)
    except UnicodeDecodeError:
        return False
    return all(char.isascii() or char.isalpha() for char in text)


def check_decodes(blocks: Iterable[bytes], encoding: Encoding) -> None:
    """Whether every byte of a file is text in this encoding. Raises UnusableFile, naming the line."""
    decoder = codecs.getincrementaldecoder(encoding.name)()
    lines = 1
    try:
        for block in blocks:
            lines += _text_ends(decoder.decode(block))
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):
            lines += _text_ends(error.object[: error.start].decode(encoding.name, "ignore"))
        raise UnusableFile("wrong_encoding", f"line {lines}: not {encoding.label}; say which encoding the file is in") from error


def _text_ends(text: str) -> int:
    return text.count("\n") or text.count("\r")
