"""How is one part of a row written in JSON, and read again? What cannot be read is told by its row and part."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")


class BadPack(ValueError):
    """A pack that cannot be read. `row` is the name of the row at fault, or its place such as "hours 3"; `field` the part."""

    def __init__(self, row: str, part: str, detail: str) -> None:
        super().__init__(f"{row}: {part} {detail}" if part else f"{row}: {detail}")
        self.row = row
        self.field = part
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a row. `read` is given what is written (None where nothing is), the row's name and the part's.

    `key` is its name in JSON where that is another.
    """

    write: Callable[[Any], Any]
    read: Callable[[object, str, str], Any]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Shape(Generic[Made]):
    """A kind of row, or of what a row holds several of: how it is made, and its parts by name."""

    make: Callable[..., Made]
    parts: Mapping[str, Part]

    def write(self, made: Made) -> dict[str, Any]:
        """As JSON has it."""
        return {part.key or name: part.write(getattr(made, name)) for name, part in self.parts.items()}

    def read(self, written: object, row: str, part: str = "") -> Made:
        """Raises BadPack, naming the row and the part."""
        found = an_object(written, row, part)
        keys = {name: each.key or name for name, each in self.parts.items()}
        only(found, keys.values(), row)
        return self.make(**{name: each.read(found.get(keys[name]), row, keys[name]) for name, each in self.parts.items()})


def an_object(written: object, row: str, part: str = "") -> Mapping[str, Any]:
    """Raises BadPack for anything else."""
    if not isinstance(written, dict):
        raise BadPack(row, part, "is not an object")
    return written


def only(written: Mapping[str, Any], known: Iterable[str], row: str) -> None:
    """Raise BadPack for a key that is none of these."""
    for key in written:
        if key not in known:
            raise BadPack(row, str(key), "is not known")


def a_list(written: object, row: str, part: str) -> list[Any]:
    """Raises BadPack for anything else."""
    if not isinstance(written, list):
        raise BadPack(row, part, "is not a list")
    return written


def texts(written: object, row: str, part: str) -> list[str]:
    """Raises BadPack for anything but a list of texts."""
    found = a_list(written, row, part)
    if not all(isinstance(item, str) for item in found):
        raise BadPack(row, part, "holds what is not text")
    return found


def text(written: object, row: str, part: str) -> str:
    """Raises BadPack for anything else."""
    if not isinstance(written, str):
        raise BadPack(row, part, "is not text")
    return written


def whole(written: object, row: str, part: str) -> int:
    """Raises BadPack for anything but a whole number within a thousand million."""
    if isinstance(written, bool) or not isinstance(written, int) or abs(written) > 10**9:
        raise BadPack(row, part, "is not a whole number")
    return written


def _flag(written: object, row: str, part: str) -> bool:
    if not isinstance(written, bool):
        raise BadPack(row, part, "is neither true nor false")
    return written


def _day(written: object, row: str, part: str) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written if isinstance(written, str) and len(written) == len("2026-11-24") else "")
    except ValueError:
        raise BadPack(row, part, "is not a day such as 2026-11-24") from None


def _as_it_is(value: Any) -> Any:
    return value


TEXT = Part(_as_it_is, text)
WHOLE = Part(_as_it_is, whole)
FLAG = Part(_as_it_is, _flag)
DAY = Part(lambda day: None if day is None else day.isoformat(), _day)
WINDOW_SECONDS = Part(
    lambda length: int(length.total_seconds()),
    lambda written, row, part: timedelta(seconds=whole(written, row, part)),
    "window_seconds",
)
TEXTS = Part(list, lambda written, row, part: tuple(texts(written, row, part)))
TEXT_SET = Part(sorted, lambda written, row, part: frozenset(texts(written, row, part)))


def optional(inner: Part) -> Part:
    """A part that may be null, or left out."""
    return Part(
        lambda value: None if value is None else inner.write(value),
        lambda written, row, part: None if written is None else inner.read(written, row, part),
    )


def one_of(*words: str) -> Part:
    """One of these texts."""

    def read(written: object, row: str, part: str) -> str:
        if not isinstance(written, str) or written not in words:
            raise BadPack(row, part, f"is none of {', '.join(word or 'empty' for word in words)}")
        return written

    return Part(_as_it_is, read)


def a(kind: type[StrEnum]) -> Part:
    """A word of a list of words."""
    words = one_of(*kind)
    return Part(lambda word: word.value, lambda written, row, part: kind(words.read(written, row, part)))


def set_of(kind: type[StrEnum]) -> Part:
    """Some words of a list of words, in any order."""

    def read(written: object, row: str, part: str) -> frozenset[StrEnum]:
        found = texts(written, row, part)
        unknown = [word for word in found if word not in list(kind)]
        if unknown:
            raise BadPack(row, part, f"has {unknown[0]!r}, which is none")
        return frozenset(map(kind, found))

    return Part(sorted, read)


def several(shape: Shape[Any]) -> Part:
    """Any number of what has a shape of its own."""
    return Part(
        lambda made: [shape.write(each) for each in made],
        lambda written, row, part: tuple(shape.read(each, row, part) for each in a_list(written, row, part)),
    )


def by_name(key: Part, value: Part) -> Part:
    """An object whose names and values are all alike."""
    return Part(
        lambda made: {key.write(name): value.write(held) for name, held in made.items()},
        lambda written, row, part: {
            key.read(name, row, part): value.read(held, row, part) for name, held in an_object(written, row, part).items()
        },
    )
