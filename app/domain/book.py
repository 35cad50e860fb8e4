"""Which rule rows are there, and which bind here? Every file in `packs/`, checked as a whole when it is read."""

import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import TypeAlias, TypeVar

from app.domain import packs
from app.domain.message import Channel
from app.domain.packs.policy import policy
from app.domain.regions import path_of
from app.domain.row_checks import validate_rows
from app.domain.windows import EVERY, CapRow, WindowRow

Row = TypeVar("Row", WindowRow, CapRow)
_ByRegion: TypeAlias = Mapping[tuple[str, Channel], list[Row]]

OTHER_MARKETS = "time.policy.other"


@dataclass(frozen=True, eq=False)
class Pack:
    """The rows of hours and the statutory caps there are at one time. Two packs are the same only when they are one."""

    rows: tuple[WindowRow, ...]
    caps: tuple[CapRow, ...]
    _rows_of: _ByRegion[WindowRow] = field(init=False, repr=False)
    _caps_of: _ByRegion[CapRow] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Look every row up by region and channel once."""
        object.__setattr__(self, "_rows_of", _by_region(self.rows))
        object.__setattr__(self, "_caps_of", _by_region(self.caps))

    def rows_for(self, region: str, channel: Channel) -> tuple[WindowRow, ...]:
        """The rows of hours for a region ("US-FL", "PR") and all it lies in, widest first, whatever they are lifted by."""
        return tuple(row for part in path_of(region) for row in self._rows_of.get((part, channel), ()))

    def caps_for(self, region: str, channel: Channel) -> tuple[CapRow, ...]:
        """The statutory caps for a region and all it lies in."""
        return tuple(row for part in path_of(region) for row in self._caps_of.get((part, channel), ()))


def _by_region(rows: Iterable[Row]) -> _ByRegion[Row]:
    found: dict[tuple[str, Channel], list[Row]] = {}
    for row in rows:
        for channel in row.channels:
            found.setdefault((row.region, channel), []).append(row)
    return found


def _load() -> Pack:
    modules = [import_module(f"{packs.__name__}.{found.name}") for found in pkgutil.iter_modules(packs.__path__)]
    rows = tuple(row for module in modules for row in getattr(module, "ROWS", ()))
    caps = tuple(cap for module in modules for cap in getattr(module, "CAPS", ()))
    validate_rows((*rows, *caps))
    return Pack(rows, caps)


INSTALLED = _load()
ROWS, CAP_ROWS = INSTALLED.rows, INSTALLED.caps


@lru_cache(maxsize=512)
def other_market(country: str) -> WindowRow:
    """The hours of a country nobody has written rows for, should a workspace switch it on."""
    return policy(country, EVERY, "verify", code=OTHER_MARKETS, source="this country's rules are not known here")
