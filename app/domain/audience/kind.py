"""What is a kind of leaf, and which are there? Every file in `kinds/` with `KINDS`, found by scanning."""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from app.domain.audience import kinds
from app.domain.audience.facts import ContactFacts
from app.domain.audience.fields import Field, RuleProblem, escaped
from app.domain.audience.tree import Leaf


def _no_check(_raw: Mapping[str, Any], _pointer: str) -> None:
    """Nothing to say about how its fields go together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of leaf. The first field names it in JSON and in the text form.

    `says` is for the API's page. `holds` answers for one contact, `actual` shows what that contact has there. `check` looks at
    how the fields of a raw leaf go together and raises RuleProblem. `make` and `unmake` turn fields into the leaf and back where
    it is not simply made of them.
    """

    node: type[Leaf]
    says: str
    fields: tuple[Field, ...]
    holds: Callable[[Any, ContactFacts], bool]
    actual: Callable[[Any, ContactFacts], Any]
    check: Callable[[Mapping[str, Any], str], None] = _no_check
    is_compared: bool = False
    """Whether `op` and `value` follow the first field, as they do of an attribute."""

    @property
    def name(self) -> str:
        """The key that tells it from other kinds."""
        return self.fields[0].name


@cache
def all_kinds() -> Mapping[str, Kind]:
    """Every kind by its name: a new file is live at the next start."""
    modules = [import_module(f"{kinds.__name__}.{found.name}") for found in pkgutil.iter_modules(kinds.__path__)]
    return {kind.name: kind for module in modules for kind in module.KINDS}


@cache
def _by_node() -> Mapping[type[Leaf], Kind]:
    return {kind.node: kind for kind in all_kinds().values()}


def kind_of(node: type[Leaf]) -> Kind:
    """The kind of a leaf."""
    return _by_node()[node]


def read_leaf(kind: Kind, raw: Mapping[str, Any], pointer: str) -> Leaf:
    """A leaf from its JSON. Raises RuleProblem."""
    known = {field.name for field in kind.fields} | ({"op", "value"} if kind.is_compared else set())
    extra = set(raw) - known
    if extra:
        raise RuleProblem(f"{pointer}/{escaped(min(map(str, extra)))}", "unknown field")
    values: dict[str, Any] = {}
    for field in kind.fields:
        if field.name in raw:
            values[field.name] = field.value.read(raw[field.name], f"{pointer}/{field.name}")
        elif field.needed:
            raise RuleProblem(f"{pointer}/{field.name}", f"{kind.name} needs {field.name}")
    kind.check(raw, pointer)
    return kind.node.read(values, raw, pointer) if kind.is_compared else kind.node(**values)  # type: ignore[attr-defined]


def write_leaf(leaf: Leaf) -> dict[str, Any]:
    """A leaf as JSON; what it does not say is left out."""
    kind = kind_of(type(leaf))
    written = {}
    for field in kind.fields:
        value = getattr(leaf, field.name)
        if field.needed or value not in {None, ()}:
            written[field.name] = field.value.write(value)
    return {**written, **leaf.compared()} if kind.is_compared else written  # type: ignore[attr-defined]
