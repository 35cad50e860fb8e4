"""Which registries speak of numbers? Do-not-call lists, reassignment and deactivation, as dated rows with their sources."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from app.domain.facts import ConsentBasis, Technology

REASSIGNED = "us.reassigned"
_B, _T = ConsentBasis, Technology

_US = ("US", "PR", "GU", "VI", "AS", "MP")
_ALL = frozenset(Technology)
_CALLS = _ALL - {_T.TEXT}
_LIVE = frozenset({_T.LIVE})
_EXPRESS: Mapping[ConsentBasis, int | None] = {_B.EXPRESS_WRITTEN: None, _B.EXPRESS: None, _B.EXPRESS_ORAL: None}


class RegistryKind(StrEnum):
    """What being listed means: the person wants no calls, the number has another owner, or nobody has it."""

    DO_NOT_CALL = "do_not_call"
    REASSIGNED = "reassigned"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """One registry: a row of data.

    `regions` are the countries or states it is about (none: any); a state counts by area code or by a known place.
    `technologies` are what it forbids, `demanded` for which of them the law wants a look even from those who never loaded it.
    `longest_age` is in whole days; None has no end. `exempt` maps a basis of consent to the months for which it lifts the
    listing; None is as long as the consent stands. `whole` says that a file holds every listed number, so that any other is
    clear. The row holds from `valid_from` until `valid_to`, which is no longer part of it.
    """

    name: str
    title: str
    regions: tuple[str, ...]
    source: str
    confidence: str
    meaning: str = "the person wants no marketing calls"
    kind: RegistryKind = RegistryKind.DO_NOT_CALL
    technologies: frozenset[Technology] = _CALLS
    demanded: frozenset[Technology] = frozenset()
    longest_age: int | None = 31
    exempt: Mapping[ConsentBasis, int | None] = field(default_factory=lambda: _EXPRESS)
    whole: bool = True
    code: str = ""
    stale_code: str = "suppress.dnc_data_stale"
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def listed_code(self) -> str:
        """The rule that objects to a listed number."""
        return self.code or f"suppress.{self.name}"

    def holds(self, at: datetime) -> bool:
        """Whether the registry exists at an instant."""
        day = at.date()
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)

    def is_stale(self, as_of: datetime, *, now: datetime) -> bool:
        """Whether what was known at `as_of` is too old. Counted in days: "no more than 31 days before the date of the call"."""
        return self.longest_age is not None and (now.date() - as_of.date()).days > self.longest_age


Rows = tuple[Registry, ...]


def _state(letters: str, name: str, source: str, *, confidence: str = "V") -> Registry:
    return Registry(
        name=f"us.{letters.lower()}_dnc",
        title=f"{name} do-not-call list",
        regions=(f"US-{letters}",),
        source=source,
        confidence=confidence,
        technologies=_ALL,
        longest_age=92,  # published once a quarter
    )


ROWS: tuple[Registry, ...] = (
    Registry(
        name="us.national_dnc",
        title="National Do Not Call Registry",
        regions=_US,
        source="47 CFR 64.1200(c)(2) and (e), (f)(5) for the business relationship; 16 CFR 310.4(b)(1)(iii)(B)",
        confidence="C",
        meaning="the person wants no telephone solicitations; a signed agreement or a recent purchase or inquiry lifts it",
        technologies=_ALL,
        demanded=_LIVE,
        # (c)(2)(ii): "a signed, written agreement"; (f)(5): 18 months after a purchase, 3 after an inquiry.
        exempt={_B.EXPRESS_WRITTEN: None, _B.IMPLIED_PURCHASE: 18, _B.IMPLIED_INQUIRY: 3},
        code="suppress.national_dnc",
    ),
    _state("CO", "Colorado", "C.R.S. 6-1-901 ff."),
    _state("FL", "Florida", "Fla. Stat. 501.059"),
    _state("IN", "Indiana", "IC 24-4.7"),
    _state("LA", "Louisiana", "La. R.S. 45:844.11 ff.; LPSC General Order R-29617", confidence="C"),
    _state("MA", "Massachusetts", "M.G.L. 159C; 201 CMR 12", confidence="L"),
    _state("MO", "Missouri", "Mo. Rev. Stat. 407.1095 ff."),
    _state("OK", "Oklahoma", "15 O.S. 775B"),
    _state("PA", "Pennsylvania", "73 P.S. 2241 ff."),
    _state("TN", "Tennessee", "Tenn. Code 65-4-401 ff."),
    _state("TX", "Texas", "Tex. Bus. & Com. Code 304"),
    _state("WY", "Wyoming", "W.S. 40-12-301 ff."),
    Registry(
        name=REASSIGNED,
        title="Reassigned Numbers Database",
        regions=_US,
        source="47 CFR 64.1200(m), 52.15(f); DA 21-1649",
        confidence="C",
        meaning="listed (yes): permanently disconnected on or after the date asked about; unknown (no data): nothing is known",
        kind=RegistryKind.REASSIGNED,
        technologies=_ALL,
        exempt={},
        whole=False,
        code="suppress.reassigned",
        stale_code="suppress.reassigned_recheck",
        valid_from=date(2021, 1, 27),
    ),
    Registry(
        name="us.deactivations",
        title="Deactivation files of US carriers",
        regions=_US,
        source="carriers' daily deactivation files; CTIA Messaging Principles 5.1",
        confidence="L",
        meaning="the carrier took the number out of service: whoever had it has it no more",
        kind=RegistryKind.DEACTIVATED,
        technologies=_ALL,
        longest_age=None,
        exempt={},
        whole=False,
        code="suppress.deactivated",
    ),
    Registry(
        name="any.deactivations",
        title="Deactivated numbers of any country",
        regions=(),
        source="carriers' and aggregators' deactivation feeds",
        confidence="L",
        meaning="the number is out of service: whoever had it has it no more",
        kind=RegistryKind.DEACTIVATED,
        technologies=_ALL,
        longest_age=None,
        exempt={},
        whole=False,
        code="suppress.deactivated",
    ),
    Registry(
        name="ca.dncl",
        title="National Do Not Call List",
        regions=("CA",),
        source="CRTC Unsolicited Telecommunications Rules, parts II and III",
        confidence="C",
        demanded=_LIVE,
        exempt={**_EXPRESS, _B.IMPLIED_PURCHASE: 18, _B.IMPLIED_INQUIRY: 6},
    ),
    Registry(
        name="au.dnc",
        title="Do Not Call Register",
        regions=("AU",),
        source="Do Not Call Register Act 2006 s. 11; washing lasts 30 days",
        confidence="C",
        demanded=_LIVE,
        longest_age=30,
    ),
    Registry(
        name="sg.dnc",
        title="Do Not Call Registry",
        regions=("SG",),
        source="PDPA part 9 s. 43; Personal Data Protection (Do Not Call Registry) Regulations",
        confidence="L",
        meaning="the person wants no such messages; clear consent in evidential form lifts it. Results are good for 21 days",
        technologies=_ALL,
        demanded=_ALL,
        longest_age=21,
        whole=False,
        stale_code="suppress.sg.dnc_stale",
    ),
    Registry(
        name="hk.dnc",
        title="Do-not-call Registers",
        regions=("HK",),
        source="Unsolicited Electronic Messages Ordinance s. 11: ten working days after listing",
        confidence="L",
        technologies=_ALL - _LIVE,
        longest_age=14,
    ),
    Registry(
        name="gb.tps",
        title="Telephone Preference Service",
        regions=("GB",),
        source="PECR reg. 21: 28 days after listing",
        confidence="C",
        technologies=_LIVE,
        demanded=_LIVE,
        longest_age=28,
    ),
    Registry(
        name="gb.ctps",
        title="Corporate Telephone Preference Service",
        regions=("GB",),
        source="PECR reg. 21 and 26: 28 days after listing",
        confidence="C",
        meaning="the company wants no marketing calls",
        technologies=_LIVE,
        longest_age=28,
    ),
    Registry(
        name="fr.bloctel",
        title="Bloctel",
        regions=("FR",),
        source="C. conso. L223-1 until law 2025-594 art. 13: calls have needed an opt-in since",
        confidence="C",
        technologies=_LIVE,
        longest_age=30,
        exempt={**_EXPRESS, _B.CONTRACT: None},
        valid_from=date(2016, 6, 1),
        valid_to=date(2026, 8, 11),
    ),
    Registry(
        name="it.opposition",
        title="Registro pubblico delle opposizioni",
        regions=("IT",),
        source="DPR 26/2022: checked every 15 days; listing ends earlier consents, not running contracts",
        confidence="L",
        longest_age=15,
        exempt={_B.CONTRACT: None},
    ),
    Registry(
        name="be.dncm",
        title="Ne m'appelez plus / Bel me niet meer",
        regions=("BE",),
        source="CEL VI.110-115",
        confidence="V",
        technologies=_LIVE,
    ),
    Registry(
        name="za.registry",
        title="Opt-out register",
        regions=("ZA",),
        source="CPA 68 of 2008 s. 11(3) and its regulations; POPIA s. 69",
        confidence="C",
        meaning="a pre-emptive block of all direct marketing",
        technologies=_ALL,
        exempt={},
    ),
    Registry(
        name="in.dnd",
        title="DND preference register",
        regions=("IN",),
        source="TCCCPR 2018 with the second amendment of 2025-02-12",
        confidence="L",
        meaning="the subscriber wants no promotional messages; consent registered for the sender lifts it",
        technologies=_ALL,
    ),
    Registry(
        name="br.nao_me_ligue",
        title="Não Me Ligue / Não Perturbe",
        regions=("BR",),
        source="Anatel self-regulation; state laws, in SP for texts too",
        confidence="V",
        technologies=_ALL,
    ),
    Registry(
        name="ae.dncr",
        title="Do Not Call Registry",
        regions=("AE",),
        source="TDRA; Cabinet Resolution 56/2024",
        confidence="V",
        exempt={},
    ),
    Registry(
        name="sa.dnd",
        title="Do-not-disturb register",
        regions=("SA",),
        source="CST anti-spam rules",
        confidence="V",
        technologies=_ALL,
        exempt={},
    ),
    Registry(
        name="vn.dnc",
        title="Do-not-call list",
        regions=("VN",),
        source="Decree 91/2020/ND-CP art. 7 and 15",
        confidence="V",
        technologies=_ALL,
        exempt={},
    ),
    Registry(
        name="mx.repep",
        title="REPEP",
        regions=("MX",),
        source="Registro Público para Evitar Publicidad (PROFECO)",
        confidence="V",
        technologies=_ALL,
    ),
)
BY_NAME: Mapping[str, Registry] = {row.name: row for row in ROWS}
NAMES = tuple(sorted(BY_NAME))


@lru_cache(maxsize=4096)
def registries_of(regions: tuple[str, ...]) -> Rows:
    """The registries that speak of a number in these regions ("US", "US-LA"), in the order of the rows."""
    return _speaking(ROWS, regions)


def _speaking(rows: Sequence[Registry], regions: tuple[str, ...]) -> Rows:
    return tuple(row for row in rows if not row.regions or not set(row.regions).isdisjoint(regions))


def lists_among(
    rows: Sequence[Registry], country: str, subdivision: str, places: tuple[str, ...], technology: Technology
) -> tuple[Rows, Rows]:
    """The do-not-call lists that bind there, and those of them the law wants looked at even if nobody loaded them."""
    speaking = _speaking(rows, regions_of(country, subdivision, places))
    bound = tuple(row for row in speaking if row.kind is RegistryKind.DO_NOT_CALL and technology in row.technologies)
    return bound, tuple(row for row in bound if technology in row.demanded)


def regions_of(country: str, subdivision: str, places: Iterable[str]) -> tuple[str, ...]:
    """Where a number counts as being: its own country and state, and the states of known places ("US-LA")."""
    own = (country, f"{country}-{subdivision}") if subdivision else (country,)
    return (*own, *(place for place in dict.fromkeys(places) if "-" in place and place not in own))


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
