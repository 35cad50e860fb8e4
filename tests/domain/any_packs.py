"""What packs can there be? Any rows of every kind that can be lived by, few enough to be read when one of them fails."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from app.domain import consent_rows, content_rows
from app.domain.book import INSTALLED, Pack
from app.domain.facts import ConsentBasis, Technology
from app.domain.message import Channel, Purpose
from app.domain.registries import Registry, RegistryKind
from app.domain.retention import Kept
from app.domain.windows import CapRow, Closed, Day, Lift, WindowRow

REGIONS = ("US", "US-KY", "FR", "FR-57", "PR", "KR")
_WORD = st.text("abc_", min_size=1, max_size=4)
_SPAN: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"valid_from": date(2026, 1, 1)},
        {"valid_to": date(2027, 1, 1)},
        {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 1, 2)},
    ]
)
_TECHNOLOGIES = st.frozensets(st.sampled_from(Technology), min_size=1)
_CHANNELS = st.frozensets(st.sampled_from(Channel), min_size=1)
_CONFIDENCE = st.sampled_from(["certain", "likely", "verify"])
_OPEN = st.sampled_from([(), ((0, 1440),), ((541, 720), (780, 1201))])
_DAYS = st.builds(Day, _OPEN, _WORD, st.lists(_WORD, max_size=1).map(tuple))
_PROFILES = st.frozensets(st.sampled_from(["strict", "statutory"]))
_LIFTS = st.lists(st.builds(Lift, st.frozensets(_WORD), _PROFILES), max_size=2).map(tuple)
_MONTHS = st.none() | st.integers(1, 1_200)


def _dated(kind: type[Any], /, **others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    given_all = {"source": _WORD, "confidence": _CONFIDENCE} | others
    return _SPAN.flatmap(lambda span: st.builds(kind, **given_all, **{name: st.just(day) for name, day in span.items()}))


def _each(rows: st.SearchStrategy[Any], *same: str) -> st.SearchStrategy[tuple[Any, ...]]:
    """Several rows of which no two are about the same."""
    return st.lists(rows, max_size=3, unique_by=lambda row: tuple(getattr(row, name) for name in same)).map(tuple)


_BINDING: dict[str, st.SearchStrategy[Any]] = {
    "id": _WORD,
    "region": st.sampled_from(REGIONS),
    "channels": _CHANNELS,
    "lifts": _LIFTS,
}
_HOURS = _dated(
    WindowRow,
    **_BINDING,
    technologies=st.frozensets(st.sampled_from(["live", "text"])),
    week=st.lists(_DAYS, min_size=7, max_size=7).map(tuple),
    holidays=st.lists(st.builds(Closed, st.sampled_from(["US", "FR"]), _WORD), max_size=2).map(tuple),
    eves=st.none() | _DAYS,
    clocks=st.lists(_WORD, max_size=1).map(tuple),
)
_CAPS = _dated(
    CapRow,
    **_BINDING,
    limit=st.integers(0, 9),
    window=st.integers(1, 10**7).map(lambda seconds: timedelta(seconds=seconds)),
    counts=st.sampled_from(["subject", "channels", "refusals"]),
    zone=st.sampled_from([None, "Europe/Paris"]),
    code=_WORD,
)
_WAYS = st.builds(
    consent_rows.Way,
    basis=st.sampled_from(ConsentBasis),
    months=_MONTHS,
    over=_WORD,
    from_end=st.booleans(),
    own_only=st.booleans(),
    complete=st.booleans(),
    charity_from=st.none() | st.just(date(2026, 2, 5)),
)
_CONSENT = _dated(
    consent_rows.NeedRow,
    region=st.sampled_from(REGIONS),
    technologies=_TECHNOLOGIES,
    ways=st.lists(_WAYS, min_size=1, max_size=2).map(tuple),
    profile=st.sampled_from(["", "strict", "statutory"]),
) | _dated(consent_rows.NeedRow, region=st.sampled_from(REGIONS), technologies=_TECHNOLOGIES, needed=st.just(value=False))
_ON_TEXTS: dict[str, st.SearchStrategy[Any]] = {
    "region": st.sampled_from(("", *REGIONS)),
    "channels": _CHANNELS,
    "purposes": st.frozensets(st.sampled_from(Purpose), min_size=1),
    "technologies": _TECHNOLOGIES,
}
_REGISTRIES = _dated(
    Registry,
    name=_WORD,
    title=_WORD,
    confidence=st.sampled_from("CLV"),
    regions=st.lists(st.sampled_from(REGIONS), max_size=2, unique=True).map(tuple),
    meaning=_WORD,
    kind=st.sampled_from(RegistryKind),
    technologies=_TECHNOLOGIES,
    demanded=st.frozensets(st.sampled_from(Technology)),
    longest_age=st.none() | st.integers(0, 400),
    exempt=st.dictionaries(st.sampled_from(ConsentBasis), _MONTHS, max_size=2),
    whole=st.booleans(),
    code=st.just("") | _WORD,
    stale_code=_WORD,
)
_ALWAYS: Sequence[consent_rows.NeedRow] = [row for row in INSTALLED.consent if row.region == consent_rows.ELSEWHERE]
PACKS = st.builds(
    Pack,
    rows=_each(_HOURS, "region"),
    caps=_each(_CAPS, "region"),
    consent=_each(_CONSENT, "region").map(lambda rows: (*rows, *_ALWAYS)),
    consent_ages=st.dictionaries(st.sampled_from(["FR", "US", "KR"]), st.integers(0, 120)),
    content=_each(
        _dated(
            content_rows.NeedRow,
            **_ON_TEXTS,
            element=st.sampled_from(content_rows.ELEMENTS),
            force=st.sampled_from(["required", "advised"]),
        ),
        "region",
        "element",
    ),
    prohibited=_each(_dated(content_rows.ProhibitedRow, **_ON_TEXTS, category=_WORD), "region", "category"),
    ages=_each(_dated(content_rows.AgeRow, **_ON_TEXTS, category=_WORD, age=st.integers(0, 120)), "region", "category"),
    registries=_each(_REGISTRIES, "name"),
    retention=_each(_dated(Kept, what=_WORD, days=st.none() | st.integers(9, 99), purged=_WORD, least=st.integers(1, 9)), "what"),
    opt_out_days=st.dictionaries(st.sampled_from(["FR", "US"]), st.integers(0, 366)),
)
