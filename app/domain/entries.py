"""What stands in the book? Every rule, and every row of every kind, told in one shape."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from app.domain import consent_rows, content_rows, registries
from app.domain.book import INSTALLED
from app.domain.consent_rows import ELSEWHERE
from app.domain.decision import Rule
from app.domain.facts import Market, Technology
from app.domain.markets import binds, market_fault
from app.domain.message import Channel
from app.domain.own_rows import EMERGENCY_BAN, OwnRow, ban_code
from app.domain.pack_json import cap_json, hours_json
from app.domain.regions import covers
from app.domain.retention import Kept
from app.domain.row_names import row_name
from app.domain.rulebook import codes_of
from app.domain.windows import EVERY, TEXT, VOICE, WORKSPACE_ROW, CapRow, WindowRow

RETENTION_KIND = "retention"
_CONFIDENCE = {"C": "certain", "L": "likely", "V": "verify"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rule or row. `regions` are ISO 3166, none is everywhere; `terms` are what it says, as JSON has it.

    `codes` are what decisions carry because of it, the first the nearest; none where it decides nothing, as a term of keeping.
    `own` marks a row a workspace wrote for itself. `row` is the row of hours itself, which a profile may leave out.
    """

    id: str
    kind: str
    family: str
    codes: tuple[str, ...]
    source: str
    confidence: str
    regions: tuple[str, ...] = ()
    channels: frozenset[Channel] = EVERY
    technologies: tuple[str, ...] = ()
    terms: Mapping[str, Any] = field(default_factory=dict)
    valid_from: date | datetime | None = None
    valid_to: date | datetime | None = None
    own: bool = False
    row: WindowRow | None = None


def is_about(entry: Entry, region: str) -> bool:
    """Whether it binds in a region, or in a part of it. Rules bind everywhere, but are about none."""
    if entry.kind == "rule":
        return False
    return not entry.regions or any(covers(one, region) or covers(region, one) for one in entry.regions)


def is_on(entry: Entry, market: Market) -> bool:
    """Whether it counts for a workspace: its market is open on one of its channels, and the profile does not leave it out."""
    if entry.own or not entry.regions:
        return True
    if entry.row is not None and not binds(entry.row, market):
        return False
    return any(market_fault(region, channel, market) is None for region in entry.regions for channel in entry.channels)


def entries_of_rules(rules: Iterable[Rule]) -> tuple[Entry, ...]:
    """The rules themselves, in the order in which they are heard."""
    return tuple(
        Entry(
            id=rule.code,
            kind="rule",
            family=rule.code.partition(".")[0],
            codes=codes_of(rule),
            source=rule.source,
            confidence="certain",
        )
        for rule in rules
    )


def entries_of_own(rows: Iterable[OwnRow]) -> tuple[Entry, ...]:
    """The rows a workspace wrote for itself."""
    return tuple(
        Entry(
            id=row.name,
            kind=row.kind,
            family="time",
            codes=(ban_code(row.region) if row.kind == EMERGENCY_BAN else WORKSPACE_ROW,),
            source=row.source,
            confidence="certain",
            regions=(row.region,),
            channels=row.channels,
            technologies=tuple(sorted(row.terms.get("technologies") or ())),
            terms=row.terms,
            valid_from=row.valid_from if row.kind == EMERGENCY_BAN else row.valid_from.date(),
            valid_to=row.valid_to if row.kind == EMERGENCY_BAN or row.valid_to is None else row.valid_to.date(),
            own=True,
        )
        for row in rows
    )


@lru_cache(maxsize=1)
def entries_of_rows() -> tuple[Entry, ...]:
    """Every row of the book, in the order of its kinds; ids are unique, and stay while the rows before them do."""
    rows = (
        *map(_hours, INSTALLED.rows),
        *map(_cap, INSTALLED.caps),
        *_named(map(_consent, INSTALLED.consent)),
        *(_consent_age(region, age) for region, age in sorted(INSTALLED.consent_ages.items())),
        *_named(_content("content", row, {"holds": row.element, "force": row.force}) for row in INSTALLED.content),
        *_named(_content("prohibited", row, {"category": row.category}) for row in INSTALLED.prohibited),
        *_named(_content("age", row, {"category": row.category, "age": row.age}) for row in INSTALLED.ages),
        *map(_registry, INSTALLED.registries),
        *(_deadline(region, days) for region, days in INSTALLED.opt_out_days.items()),
        *map(_kept, INSTALLED.retention),
    )
    return tuple(rows)


def _named(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The same with a number behind an id that another has already."""
    seen: Counter[str] = Counter()
    for entry in entries:
        seen[entry.id] += 1
        yield entry if seen[entry.id] == 1 else _renamed(entry, f"{entry.id}.{seen[entry.id]}")


def _renamed(entry: Entry, name: str) -> Entry:
    return Entry(**{slot: getattr(entry, slot) for slot in Entry.__dataclass_fields__} | {"id": name})


def _hours(row: WindowRow) -> Entry:
    return Entry(
        id=row.id,
        kind="hours",
        family="time",
        codes=row.codes,
        source=row.source,
        confidence=row.confidence,
        regions=(row.region,) if row.region else (),
        channels=row.channels,
        technologies=tuple(sorted(row.technologies)),
        terms={name: value for name, value in hours_json(row).items() if name in {"week", "holidays", "eves", "clocks", "lifts"}},
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        row=row,
    )


def _cap(row: CapRow) -> Entry:
    return Entry(
        id=row.id,
        kind="cap",
        family="cap",
        codes=(row.code,),
        source=row.source,
        confidence=row.confidence,
        regions=(row.region,),
        channels=row.channels,
        terms={
            name: value for name, value in cap_json(row).items() if name in {"limit", "window_seconds", "counts", "zone", "lifts"}
        },
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _consent(row: consent_rows.NeedRow) -> Entry:
    technologies = tuple(sorted(row.technologies))
    ways = [
        {
            "kind": way.basis.value,
            "months": way.months,
            "own_goods_only": way.own_only,
            "all_elements": way.complete,
            "charity_from": None if way.charity_from is None else way.charity_from.isoformat(),
        }
        for way in row.ways
    ]
    overs = tuple(dict.fromkeys(way.over for way in row.ways))
    return Entry(
        id=row_name(row),
        kind="consent",
        family="consent",
        codes=(consent_rows.MISSING, consent_rows.KIND_INSUFFICIENT, *overs) if row.needed else (),
        source=row.source,
        confidence=row.confidence,
        regions=() if row.region == ELSEWHERE else (row.region,),
        channels=_channels(row.technologies),
        technologies=technologies,
        terms={"needed": row.needed, "any_of": ways, "profile": row.profile or None},
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _consent_age(region: str, age: int) -> Entry:
    return Entry(
        id=f"consent_age.{region.lower()}",
        kind="consent_age",
        family="consent",
        codes=(consent_rows.MINOR,),
        source=consent_rows.AGE_SOURCE,
        confidence="certain",
        regions=(region,),
        terms={"age": age},
    )


_CONTENT_CODES = {"prohibited": "content.prohibited_category", "age": "content.age_gate_missing"}
_SAID_OTHERWISE = {"voice_identity_first": "voice_identity", "voice_opt_out": "voice_optout"}


def _content(kind: str, row: content_rows.ContentRow, terms: Mapping[str, Any]) -> Entry:
    about = str(terms.get("holds") or terms.get("category"))
    return Entry(
        id=row_name(row),
        kind=kind,
        family="content",
        codes=(_CONTENT_CODES.get(kind, f"content.{_SAID_OTHERWISE.get(about, about)}_missing"),),
        source=row.source,
        confidence=row.confidence,
        regions=(row.region,) if row.region else (),
        channels=row.channels,
        technologies=() if row.technologies == frozenset(Technology) else tuple(sorted(row.technologies)),
        terms={**terms, "purposes": sorted(row.purposes)},
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _registry(row: registries.Registry) -> Entry:
    return Entry(
        id=row_name(row),
        kind="registry",
        family="suppress",
        codes=(row.listed_code, row.stale_code) if row.longest_age is not None else (row.listed_code,),
        source=row.source,
        confidence=_CONFIDENCE.get(row.confidence, row.confidence),
        regions=row.regions,
        channels=_channels(row.technologies),
        technologies=tuple(sorted(row.technologies)),
        terms={
            "title": row.title,
            "means": row.meaning,
            "longest_age_days": row.longest_age,
            "asked_for_unloaded": sorted(row.demanded),
            "lifted_by": {basis.value: months for basis, months in row.exempt.items()},
        },
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _deadline(region: str, days: int) -> Entry:
    return Entry(
        id=f"opt_out_deadline.{region.lower()}",
        kind="opt_out_deadline",
        family="suppress",
        codes=(),
        source="the law's outer limit for honouring a no; here every no holds at once",
        confidence="certain",
        regions=(region,),
        terms={"business_days": days},
    )


def _kept(row: Kept) -> Entry:
    """How long a kind of data is kept: of a family of its own, because no rule goes by it."""
    return Entry(
        id=row_name(row),
        kind=RETENTION_KIND,
        family=RETENTION_KIND,
        codes=(),
        source=row.source,
        confidence=row.confidence,
        terms={"what": row.what, "days": row.days, "least_days": None if row.days is None else row.least, "then": row.purged},
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _channels(technologies: frozenset[Technology]) -> frozenset[Channel]:
    calls = VOICE if technologies - {Technology.TEXT} else frozenset()
    return (TEXT if Technology.TEXT in technologies else frozenset()) | calls
