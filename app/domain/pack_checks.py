"""Can these rows on consent, texts and registries be lived by? Bad ones are refused by name, as rows of hours are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from app.domain.consent_rows import ELSEWHERE, NeedRow
from app.domain.content_rows import ANYWHERE, ELEMENTS, AgeRow, ContentRow
from app.domain.content_rows import NeedRow as ElementRow
from app.domain.facts import Technology
from app.domain.regions import country_of, is_region
from app.domain.registries import Registry
from app.domain.retention import Kept
from app.domain.row_checks import BadRow
from app.domain.row_names import row_name

_MOST_YEARS = 120
_MOST_MONTHS = 1_200
_MOST_DAYS = 366
_Fault = tuple[str, str]
_Dated = NeedRow | ContentRow | Registry | Kept


def check_consent(rows: Sequence[NeedRow]) -> None:
    """Raise BadRow where rows cannot be, are in force at once, or leave a country that has none without an answer."""
    seen: dict[tuple[str, Technology], list[NeedRow]] = {}
    for index, row in enumerate(rows):
        name = row_name(row)
        for field, detail in (*_dated_faults(row), *_consent_faults(row)):
            raise BadRow(name, index, field, detail)
        for technology in row.technologies:
            others = seen.setdefault((row.region, technology), [])
            if any(_meet(row, other) and _same_profile(row, other) for other in others):
                raise BadRow(name, index, "valid_from", f"overlaps another row for {technology}")
            others.append(row)
    for technology in Technology:
        always = [row for row in seen.get((ELSEWHERE, technology), ()) if not (row.valid_from or row.valid_to or row.profile)]
        if not always:
            raise BadRow(f"consent.anywhere.{technology}", len(rows), "region", "has no row that always holds")


def _consent_faults(row: NeedRow) -> Iterable[_Fault]:
    if row.region != ELSEWHERE and not is_region(row.region):
        yield "region", f"{row.region or 'that is empty'} is not known"
    if not row.technologies:
        yield "technologies", "are missing"
    if row.needed is not bool(row.ways):
        yield "ways", "are missing" if row.needed else "are there though none is needed"
    for way in row.ways:
        if way.months is not None and not 1 <= way.months <= _MOST_MONTHS:
            yield "ways", f"has {way.months} months, not 1 to {_MOST_MONTHS}"
        if not way.over:
            yield "ways", "has no code for when it is over"


def _same_profile(row: NeedRow, other: NeedRow) -> bool:
    return row.profile == other.profile or "" in {row.profile, other.profile}


def check_content(rows: Sequence[ContentRow]) -> None:
    """Raise BadRow for the first row of one kind that cannot be, or that speaks of the same as an earlier one at once."""
    seen: dict[tuple[object, ...], list[ContentRow]] = {}
    for index, row in enumerate(rows):
        name = row_name(row)
        for field, detail in (*_dated_faults(row), *_content_faults(row)):
            raise BadRow(name, index, field, detail)
        for channel in sorted(row.channels):
            for purpose in sorted(row.purposes):
                others = seen.setdefault((name, channel, purpose), [])
                if any(_meet(row, other) and not row.technologies.isdisjoint(other.technologies) for other in others):
                    raise BadRow(name, index, "valid_from", f"overlaps another row for {channel} and {purpose}")
                others.append(row)


def _content_faults(row: ContentRow) -> Iterable[_Fault]:
    if row.region != ANYWHERE and not is_region(row.region):
        yield "region", f"{row.region} is not known"
    for field in ("channels", "purposes", "technologies"):
        if not getattr(row, field):
            yield field, "are missing"
    if isinstance(row, ElementRow):
        if row.element not in ELEMENTS:
            yield "element", f"is none of {', '.join(ELEMENTS)}"
    elif not getattr(row, "category", ""):
        yield "category", "is missing"
    if isinstance(row, AgeRow) and not 0 <= row.age <= _MOST_YEARS:
        yield "age", f"is {row.age}, not 0 to {_MOST_YEARS}"


def check_registries(rows: Sequence[Registry]) -> None:
    """Raise BadRow for the first registry that cannot be, or has the name of an earlier one."""
    names: set[str] = set()
    for index, row in enumerate(rows):
        for field, detail in (*_dated_faults(row), *_registry_faults(row)):
            raise BadRow(row_name(row), index, field, detail)
        if row.name in names:
            raise BadRow(row_name(row), index, "name", "is there twice")
        names.add(row.name)


def _registry_faults(row: Registry) -> Iterable[_Fault]:
    for field in ("name", "title", "meaning", "technologies", "stale_code"):
        if not getattr(row, field):
            yield field, "is missing"
    for region in row.regions:
        if not is_region(region):
            yield "regions", f"has {region or 'one that is empty'}, which is not known"
    if row.longest_age is not None and row.longest_age < 0:
        yield "longest_age", "is negative"
    for basis, months in row.exempt.items():
        if months is not None and not 0 <= months <= _MOST_MONTHS:
            yield "exempt", f"has {months} months for {basis}, not 0 to {_MOST_MONTHS}"


def check_retention(rows: Sequence[Kept]) -> None:
    """Raise BadRow for the first kind of data that is kept for no time, or is there already."""
    kinds: set[str] = set()
    for index, row in enumerate(rows):
        for field, detail in (*_dated_faults(row), *_retention_faults(row)):
            raise BadRow(row_name(row), index, field, detail)
        if row.what in kinds:
            raise BadRow(row_name(row), index, "what", "is there twice")
        kinds.add(row.what)


def _retention_faults(row: Kept) -> Iterable[_Fault]:
    for field in ("what", "purged"):
        if not getattr(row, field):
            yield field, "is missing"
    if row.least < 1:
        yield "least", "is no day"
    if row.days is not None and row.days < row.least:
        yield "days", f"is {row.days}, less than the least, {row.least}"


def check_years(kind: str, ages: Mapping[str, int]) -> None:
    """Raise BadRow for an age that nobody has, or of a region that is no country."""
    for index, (region, age) in enumerate(ages.items()):
        _check_country(kind, index, region)
        if not 0 <= age <= _MOST_YEARS:
            raise BadRow(f"{kind}.{region.lower()}", index, "age", f"is {age}, not 0 to {_MOST_YEARS}")


def check_opt_out_days(days: Mapping[str, int]) -> None:
    """Raise BadRow for a measure of days that is none, or of a region that is no country."""
    for index, (region, number) in enumerate(days.items()):
        _check_country("opt_out_deadline", index, region)
        if not 0 <= number <= _MOST_DAYS:
            raise BadRow(f"opt_out_deadline.{region.lower()}", index, "business_days", f"is {number}, not 0 to {_MOST_DAYS}")


def _check_country(kind: str, index: int, region: str) -> None:
    if not is_region(region) or country_of(region) != region:
        raise BadRow(f"{kind}.{region.lower()}", index, "region", f"{region or 'that is empty'} is not a country")


def _dated_faults(row: _Dated) -> Iterable[_Fault]:
    if not row.source:
        yield "source", "is missing"
    if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
        yield "valid_to", f"{row.valid_to} is not after its start, {row.valid_from}"


def _meet(one: _Dated, other: _Dated) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    return starts < min(one.valid_to or date.max, other.valid_to or date.max)
