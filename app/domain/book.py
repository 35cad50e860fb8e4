"""Which rule rows are there, and which bind here? Every file in `packs/`, checked as a whole when it is read."""

import pkgutil
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import TypeVar

from app.domain import packs
from app.domain.message import Channel
from app.domain.packs.policy import policy
from app.domain.regions import path_of
from app.domain.row_checks import validate_rows
from app.domain.windows import EVERY, CapRow, WindowRow

Row = TypeVar("Row", WindowRow, CapRow)

OTHER_MARKETS = "time.policy.other"


def _load() -> tuple[tuple[WindowRow, ...], tuple[CapRow, ...]]:
    modules = [import_module(f"{packs.__name__}.{found.name}") for found in pkgutil.iter_modules(packs.__path__)]
    rows = tuple(row for module in modules for row in getattr(module, "ROWS", ()))
    caps = tuple(cap for module in modules for cap in getattr(module, "CAPS", ()))
    validate_rows((*rows, *caps))
    return rows, caps


ROWS, CAP_ROWS = _load()


def _by_region(rows: Iterable[Row]) -> Mapping[tuple[str, Channel], list[Row]]:
    found: dict[tuple[str, Channel], list[Row]] = {}
    for row in rows:
        for channel in row.channels:
            found.setdefault((row.region, channel), []).append(row)
    return found


_ROWS_OF, _CAPS_OF = _by_region(ROWS), _by_region(CAP_ROWS)


def rows_for(region: str, channel: Channel) -> tuple[WindowRow, ...]:
    """The rows of hours for a region ("US-FL", "PR") and all it lies in, widest first, whatever they are lifted by."""
    return tuple(row for part in path_of(region) for row in _ROWS_OF.get((part, channel), ()))


def caps_for(region: str, channel: Channel) -> tuple[CapRow, ...]:
    """The statutory caps for a region and all it lies in."""
    return tuple(row for part in path_of(region) for row in _CAPS_OF.get((part, channel), ()))


@lru_cache(maxsize=512)
def other_market(country: str) -> WindowRow:
    """The hours of a country nobody has written rows for, should a workspace switch it on."""
    return policy(country, EVERY, "verify", code=OTHER_MARKETS, source="this country's rules are not known here")
