"""Which rows are there, and which bind here? All that is written down of laws, checked as a whole when it is read."""

import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache, partial
from importlib import import_module
from typing import Any, ParamSpec, TypeAlias, TypeVar

from app.domain import consent_rows, content_rows, packs, registries
from app.domain.consent_needs import needs_among
from app.domain.content_needs import holding
from app.domain.deadlines import OPT_OUT_DAYS
from app.domain.facts import Technology
from app.domain.message import Channel, Purpose
from app.domain.pack_checks import (
    check_consent,
    check_content,
    check_opt_out_days,
    check_registries,
    check_retention,
    check_years,
)
from app.domain.packs.policy import policy
from app.domain.regions import path_of
from app.domain.registries import Registry, RegistryKind, Rows, lists_among
from app.domain.retention import RETENTION, Kept
from app.domain.row_checks import validate_rows
from app.domain.windows import EVERY, CapRow, WindowRow

Row = TypeVar("Row", WindowRow, CapRow)
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
_ByRegion: TypeAlias = Mapping[tuple[str, Channel], list[Row]]
_Message: TypeAlias = Callable[[tuple[str, ...], Channel, Purpose, Technology, date], Answer]

OTHER_MARKETS = "time.policy.other"
_DAY = timedelta(days=1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Pack:
    """The rows there are at one time, of every kind decisions go by. Two packs are the same only when they are one.

    `rows` are hours and `caps` statutory caps; `consent` says what has to be agreed to and `consent_ages` from how many years on
    one agrees oneself; `content`, `prohibited` and `ages` are about texts. Nothing is decided by
    `opt_out_days`, the business days for honouring a no, and `retention`, how long what is kept. Answers are remembered with the
    pack they were looked up in, and go when it goes.
    """

    rows: tuple[WindowRow, ...]
    caps: tuple[CapRow, ...]
    consent: tuple[consent_rows.NeedRow, ...]
    consent_ages: Mapping[str, int]
    content: tuple[content_rows.NeedRow, ...]
    prohibited: tuple[content_rows.ProhibitedRow, ...]
    ages: tuple[content_rows.AgeRow, ...]
    registries: tuple[Registry, ...]
    opt_out_days: Mapping[str, int]
    retention: tuple[Kept, ...]

    needs_of: Callable[[tuple[str, ...], Technology, str, frozenset[date]], tuple[consent_rows.NeedRow, ...]] = field(
        init=False, repr=False
    )
    """What is wanted of the consent of someone in all these regions, by technology and profile, on any of these local days."""
    needed: _Message[tuple[content_rows.NeedRow, ...]] = field(init=False, repr=False)
    """The rows of what a message must hold, for someone who may be in any of these regions."""
    refused: _Message[tuple[content_rows.ProhibitedRow, ...]] = field(init=False, repr=False)
    """The rows of what a message may not be about."""
    age_gates: _Message[tuple[content_rows.AgeRow, ...]] = field(init=False, repr=False)
    """The rows of what only people of some years may be told."""
    content_parts: frozenset[str] = field(init=False, repr=False)
    """Parts of countries ("US-UT") that rows on content speak of."""
    lists_of: Callable[[str, str, tuple[str, ...], Technology], tuple[Rows, Rows]] = field(init=False, repr=False)
    """The do-not-call lists of a number's country, state and places, and those to be looked at even if nobody loaded them."""
    text_lists: frozenset[str] | None = field(init=False, repr=False)
    """Countries in which a list has to be looked at even before a text; None when the country alone does not tell."""
    registry_by_name: Mapping[str, Registry] = field(init=False, repr=False)
    life: frozenset[str] = field(init=False, repr=False)
    """The registries that tell whose a number is."""
    _rows_of: _ByRegion[WindowRow] = field(init=False, repr=False)
    _caps_of: _ByRegion[CapRow] = field(init=False, repr=False)
    _memory: dict[Callable[..., Any], Callable[..., Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Look everything up once."""
        spoken_of = (row.region for row in (*self.content, *self.prohibited, *self.ages))
        before_texts = {region for row in self.registries if Technology.TEXT in row.demanded for region in row.regions or ("-",)}
        found: dict[str, object] = {
            "needs_of": lru_cache(8_192)(partial(needs_among, self.consent)),
            "needed": lru_cache(4_096)(partial(holding, self.content)),
            "refused": lru_cache(4_096)(partial(holding, self.prohibited)),
            "age_gates": lru_cache(4_096)(partial(holding, self.ages)),
            "content_parts": frozenset(region for region in spoken_of if "-" in region),
            "lists_of": lru_cache(4_096)(partial(lists_among, self.registries)),
            "text_lists": None if any("-" in region for region in before_texts) else frozenset(before_texts),
            "registry_by_name": {row.name: row for row in self.registries},
            "life": frozenset(row.name for row in self.registries if row.kind is not RegistryKind.DO_NOT_CALL),
            "_rows_of": _by_region(self.rows),
            "_caps_of": _by_region(self.caps),
            "_memory": {},
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def rows_for(self, region: str, channel: Channel) -> tuple[WindowRow, ...]:
        """The rows of hours for a region ("US-FL", "PR") and all it lies in, widest first, whatever they are lifted by."""
        return tuple(row for part in path_of(region) for row in self._rows_of.get((part, channel), ()))

    def caps_for(self, region: str, channel: Channel) -> tuple[CapRow, ...]:
        """The statutory caps for a region and all it lies in."""
        return tuple(row for part in path_of(region) for row in self._caps_of.get((part, channel), ()))

    def fewest(self, regions: Iterable[str], channel: Channel) -> int | None:
        """The smallest measure of what was sent that any statutory cap of these regions has; None where none counts that."""
        rows = (row for region in regions for row in self.caps_for(region, channel))
        return min((row.limit for row in rows if row.counts != "refusals"), default=None)

    def looks_back(self, channel: Channel) -> timedelta:
        """How far back any statutory cap on this channel counts what was sent, at least a day."""
        counting = [cap for cap in self.caps if channel in cap.channels and cap.counts != "refusals"]
        return max((cap.window + (_DAY if cap.zone else timedelta()) for cap in counting), default=_DAY)

    def memo(self, work: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        """The same work with a memory that belongs to this pack; what it is asked has to be hashable."""
        if work not in self._memory:
            self._memory[work] = lru_cache(65_536)(getattr(work, "__wrapped__", work))
        found: Callable[Asked, Answer] = self._memory[work]
        return found


def _by_region(rows: Iterable[Row]) -> _ByRegion[Row]:
    found: dict[tuple[str, Channel], list[Row]] = {}
    for row in rows:
        for channel in row.channels:
            found.setdefault((row.region, channel), []).append(row)
    return found


def _load() -> Pack:
    modules = [import_module(f"{packs.__name__}.{found.name}") for found in pkgutil.iter_modules(packs.__path__)]
    pack = Pack(
        rows=tuple(row for module in modules for row in getattr(module, "ROWS", ())),
        caps=tuple(cap for module in modules for cap in getattr(module, "CAPS", ())),
        consent=consent_rows.ROWS,
        consent_ages=consent_rows.AGES,
        content=content_rows.NEEDS,
        prohibited=content_rows.PROHIBITED,
        ages=content_rows.AGES,
        registries=registries.ROWS,
        opt_out_days=OPT_OUT_DAYS,
        retention=RETENTION,
    )
    check_pack(pack)
    return pack


def check_pack(pack: Pack) -> None:
    """Raise BadRow for the first row of a pack that is at fault, or that overlaps an earlier one."""
    validate_rows((*pack.rows, *pack.caps))
    check_consent(pack.consent)
    check_years("consent_age", pack.consent_ages)
    for rows in (pack.content, pack.prohibited, pack.ages):
        check_content(rows)
    check_registries(pack.registries)
    check_opt_out_days(pack.opt_out_days)
    check_retention(pack.retention)


INSTALLED = _load()
ROWS, CAP_ROWS = INSTALLED.rows, INSTALLED.caps


@lru_cache(maxsize=512)
def other_market(country: str) -> WindowRow:
    """The hours of a country nobody has written rows for, should a workspace switch it on."""
    return policy(country, EVERY, "verify", code=OTHER_MARKETS, source="this country's rules are not known here")
