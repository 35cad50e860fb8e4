"""How is an audience asked of the database? A rule tree becomes one boolean expression, equal to `domain.audience.matching`."""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

from app.domain.audience.tree import All, Any_, Except, Leaf, Node, Not
from app.storage.audience_sql import leaves


@dataclass(slots=True)
class Writing:
    """Writes SQL and collects arguments. No piece it writes is ever null, so that NOT means what it means in the rule.

    `probing` looks a contact's events up one contact at a time, right where few are left to be asked about; else everybody's are
    read once.
    """

    workspace_id: UUID
    now: datetime
    start: int
    probing: bool = True
    arguments: list[object] = field(default_factory=list)
    _bound: dict[tuple[str, object], str] = field(default_factory=dict)

    def bind(self, value: object, kind: str) -> str:
        """A parameter."""
        self.arguments.append(value)
        return f"${self.start + len(self.arguments) - 1}::{kind}"

    def _once(self, value: object, kind: str) -> str:
        key = (kind, value)
        if key not in self._bound:
            self._bound[key] = self.bind(value, kind)
        return self._bound[key]

    @property
    def workspace(self) -> str:
        """The workspace's id."""
        return self._once(self.workspace_id, "uuid")

    def instant(self, days_ago: float = 0) -> str:
        """The instant the rule is asked for, or so many days before."""
        return self._once(self.now - timedelta(days=days_ago), "timestamptz")

    def in_last(self, column: str, days: float | None) -> str:
        """True of instants in the last so many days, ever if None, and not after now."""
        until = f"{column} <= {self.instant()}"
        return until if days is None else f"{until} AND {column} > {self.instant(days)}"

    def write(self, node: Node) -> str:
        """One node as a boolean expression."""
        match node:
            case All(nodes):
                return f"({' AND '.join(map(self.write, nodes))})" if nodes else "true"
            case Any_(nodes):
                return f"({' OR '.join(map(self.write, nodes))})" if nodes else "false"
            case Not(part):
                return f"NOT {self.write(part)}"
            case Except(include, exclude):
                return f"({self.write(include)} AND NOT {self.write(exclude)})"
            case Leaf():
                inner = node.inner()
                return self.write(inner) if inner is not None else all_writers()[type(node)](node, self)


Writer = Callable[[Any, Writing], str]


@cache
def all_writers() -> Mapping[type[Leaf], Writer]:
    """What writes each kind of leaf: every file in `leaves/` with `WRITERS`, found by scanning."""
    modules = [import_module(f"{leaves.__name__}.{found.name}") for found in pkgutil.iter_modules(leaves.__path__)]
    return {node: writer for module in modules for node, writer in module.WRITERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A rule asked for a workspace at an instant: of what contacts hold, or with `past` of what they held then."""

    workspace_id: UUID
    node: Node
    now: datetime
    probing: bool = True
    past: bool = False

    def condition(self, *, start: int) -> tuple[str, list[object]]:
        """(SQL, arguments) over `contact c JOIN number n`, its parameters numbered from `$start`.

        Everything of the rule's is a bound parameter. True for exactly the contacts that `matches` is true for.
        """
        writing = Writing(workspace_id=self.workspace_id, now=self.now, start=start, probing=self.probing)
        return writing.write(self.node), writing.arguments
