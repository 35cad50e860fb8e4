"""When does a consent count no more? Its own end, or the end of the time the law of its number's region lets it count for."""

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.book import INSTALLED, Pack
from app.domain.clocks import runs_out_at, zones_of
from app.domain.consent_rows import RECORDED, TEXTS, NeedRow, Way
from app.domain.facts import ConsentBasis, ConsentFacts, ConsentState, Technology


@dataclass(frozen=True, slots=True)
class End:
    """When a consent counts no more (None: it has no end), and the law or the word that says so."""

    at: datetime | None = None
    source: str = ""


def end_of(
    consent: ConsentFacts, *, region: str, zones: tuple[str, ...], recorded: bool, now: datetime, pack: Pack = INSTALLED
) -> End:
    """The end of a consent that is given, in the number's own region: its own, or the clock's where that comes first.

    `recorded` asks about recorded calls, else texts. Computed when asked for and never stored: clocks change with the law.
    """
    if consent.state is not ConsentState.GIVEN:
        return End()
    clocks = zones_of(zones)
    day = max(now.astimezone(zone).date() for zone in clocks)
    technologies = RECORDED if recorded else TEXTS
    own = [] if consent.expires_at is None else [(consent.expires_at, "the end it was given with")]
    found: list[tuple[datetime, str]] = []
    for way, row in _ways_of(pack, region, technologies, consent.basis, day):
        begins = consent.expires_at if way.from_end else consent.since
        if way.from_end:
            own = []
        if way.months is not None and begins is not None:
            found.append((runs_out_at(begins, way.months, zones=clocks), row.source))
    return min((End(*each) for each in (*own, *found)), key=lambda end: end.at or now, default=End())


def _ways_of(
    pack: Pack, region: str, technologies: frozenset[Technology], basis: ConsentBasis, day: date
) -> tuple[tuple[Way, NeedRow], ...]:
    """How a consent of this kind may do in a region, by any of the technologies, with the row that says so."""
    rows = (
        row for technology in sorted(technologies) for row in pack.needs_of((region,), technology, "strict", frozenset({day}))
    )
    return tuple((way, row) for row in dict.fromkeys(rows) if (way := row.way(basis)) is not None)
