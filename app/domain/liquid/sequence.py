"""How is a text put together? Its literals with a place left for each tag, joined once, and never longer than a carrier takes."""

from dataclasses import dataclass, field
from typing import TypeAlias

from app.domain.liquid.expressions import Read
from app.domain.liquid.values import LONGEST_OUTPUT, MissingField, OutputTooLong, Scope, Values

Tags: TypeAlias = tuple[tuple[int, Read], ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Literals and tags in order: `pieces` are the literals, with a place left for each of `tags`: (place, how it is read).

    `room` is the characters the literals leave to the tags; `steps` what one rendering takes of the steps there are: one a
    token, those of the blocks inside counted along.
    """

    pieces: tuple[str, ...] = field(repr=False)
    tags: Tags = field(repr=False)
    room: int
    steps: int

    def read(self, values: Values) -> str:
        """The text for these values. Raises MissingField (unless they are a Scope with marks), and OutputTooLong."""
        pieces = list(self.pieces)
        room = self.room
        marking = False
        if type(values) is Scope:
            values.spend(self.steps)
            marking = values.marks is not None
        for place, read in self.tags:
            pieces[place] = text = _marked(read, values) if marking else read(values)
            room -= len(text)
            if room < 0:  # at once, before a long value is copied a thousand times
                break
        if room < 0:
            raise OutputTooLong(f"more than the {LONGEST_OUTPUT} characters carriers take")
        return "".join(pieces)


def _marked(read: Read, values: Values) -> str:
    """What is read, or the name of what is missing, in brackets and noted."""
    try:
        return read(values)
    except MissingField as gap:
        if isinstance(values, Scope) and values.marks is not None:
            values.marks[gap.name] = None
        return f"[{gap.name}]"


def sequence(pieces: list[str], tags: list[tuple[int, Read]], *, steps: int) -> Sequence:
    """A sequence of these. What has no tag is a sequence too."""
    return Sequence(tuple(pieces), tuple(tags), LONGEST_OUTPUT - sum(map(len, pieces)), steps)
