"""Which values does a template ask for, and which of them must be there? Collected while it is compiled."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Field:
    """A name a template uses, and whether the text is whole without it.

    It is where every use has a default, is part of a condition, or lies where a condition says that the name is there.
    """

    name: str
    has_default: bool


@dataclass(frozen=True, slots=True)
class Gaps:
    """What stands for a missing value without a default of its own: by its name, else `otherwise`; None: no text at all."""

    defaults: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None

    def of(self, name: str) -> str | None:
        """What stands for this one."""
        return self.defaults.get(name, self.otherwise)


class Names:
    """The names met so far. `mine` are the template's own (of `assign` and `for`), with the field each comes from, if one.

    `sure` are names known to be there in the part that is being compiled, because a condition around it says so.
    """

    def __init__(self) -> None:
        self._uses: dict[str, bool] = {}
        self.mine: dict[str, str | None] = {}
        self._sure: frozenset[str] = frozenset()

    def source(self, name: str) -> str:
        """The name a person would have to be given for this one to be there."""
        root, dot, rest = name.partition(".")
        return (self.mine[root] or name) if root in self.mine else root + dot + rest

    def is_own(self, name: str) -> bool:
        """Whether a name comes from nothing a person has: a literal, or what always has a value."""
        root = name.partition(".")[0]
        return root in self.mine and self.mine[root] is None

    def use(self, name: str, *, needed: bool) -> None:
        """Note one use of a name: needed for the text to be whole, or not."""
        if self.is_own(name):
            return
        source = self.source(name)
        whole = not needed or not self._sure.isdisjoint({name, source})
        self._uses[source] = self._uses.get(source, True) and whole

    @contextmanager
    def sure_of(self, names: Iterable[str]) -> Iterator[None]:
        """While compiling what is rendered only where these names are there."""
        before = self._sure
        self._sure = before | frozenset(names)
        yield
        self._sure = before

    def fields(self) -> tuple[Field, ...]:
        """All fields, in the order of their first use."""
        return tuple(Field(name, whole) for name, whole in self._uses.items())
