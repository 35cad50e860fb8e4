"""What must a person have agreed to before marketing may reach them? Rows by region and technology, dated, with their sources."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from app.domain.facts import ConsentBasis, Technology
from app.domain.message import Purpose
from app.domain.windows import Confidence

MISSING = "consent.missing"
EXPIRED = "consent.expired"
IMPLIED_EXPIRED = "consent.implied_expired"
ES_EXPIRED = "consent.es.expired_24m"
KR_RECONFIRM = "consent.kr.reconfirm_24m"
KIND_INSUFFICIENT = "consent.kind_insufficient"

ELSEWHERE = "*"

_B, _T = ConsentBasis, Technology
_EXPRESS = (_B.EXPRESS_WRITTEN, _B.EXPRESS_ORAL, _B.EXPRESS)
TEXTS = frozenset({_T.TEXT})
LIVE = frozenset({_T.LIVE})
RECORDED = frozenset({_T.RECORDED, _T.AI_VOICE})  # an artificial voice is a recorded one: FCC 24-17
CALLS = LIVE | RECORDED
EVERY = frozenset(Technology)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One kind of consent that will do.

    `months` is how long it lasts from the day it was given, or, with `from_end`, from its own end; None is as long as it stands.
    `over` is the code once that time is over. `own_only` takes it for the very brand and topic it came from: own similar goods.
    `complete` wants all elements of written consent. `charity_from` is the first day on which a charity's supporters count.
    """

    basis: ConsentBasis
    months: int | None = None
    over: str = EXPIRED
    from_end: bool = False
    own_only: bool = False
    complete: bool = False
    charity_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow:
    """What one region wants for some technologies: any of `ways`.

    `needed` false says that no consent is asked for, though a "no" still counts. The row is in force on days from `valid_from` up
    to, not including, `valid_to`; `profile` names the only profile it is for, "" is both.
    """

    region: str
    technologies: frozenset[Technology]
    source: str
    confidence: Confidence
    ways: tuple[Way, ...] = ()
    needed: bool = True
    purpose: Purpose = Purpose.MARKETING
    valid_from: date | None = None
    valid_to: date | None = None
    profile: Literal["", "strict", "statutory"] = ""

    def holds(self, day: date) -> bool:
        """Whether the row is in force on a local day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)

    @property
    def has_clock(self) -> bool:
        """Whether the instant a consent was given matters, beyond its being there."""
        return any(way.months is not None or way.charity_from is not None for way in self.ways)

    def way(self, basis: ConsentBasis) -> Way | None:
        """How a consent of this kind may do."""
        for way in self.ways:  # a plain loop: asked for every message, and a generator costs three times as much
            if way.basis is basis:
                return way
        return None


def _ways(*bases: ConsentBasis, months: int | None = None, over: str = EXPIRED, complete: bool = False) -> tuple[Way, ...]:
    return tuple(Way(basis=basis, months=months, over=over, complete=complete) for basis in bases)


_WRITTEN = _ways(_B.EXPRESS_WRITTEN, complete=True)
_ANY_EXPRESS = _ways(*_EXPRESS)
_SOFT = Way(basis=_B.SOFT_OPT_IN, own_only=True)


def _row(region: str, technologies: frozenset[Technology], ways: tuple[Way, ...], source: str, confidence: Confidence) -> NeedRow:
    return NeedRow(region=region, technologies=technologies, ways=ways, source=source, confidence=confidence)


_EPRIVACY = "ePrivacy Directive 2002/58 art. 13(1) and (2)"
_OTHER_STATES = tuple("AT BG HR CY CZ DK EE FI GR HU IE LV LT LU MT PL PT RO SK SI SE IS LI NO CH".split())
# Consent, or the soft opt-in, for texts; the act where the facts name it.
EUROPE: Mapping[str, tuple[str, Confidence]] = {
    **dict.fromkeys(_OTHER_STATES, (f"{_EPRIVACY}; its national act", "verify")),
    "BE": (f"{_EPRIVACY}; CEL XII.13", "verify"),
    "NL": (f"{_EPRIVACY}; Tw 11.7", "likely"),
    "FR": (f"{_EPRIVACY}; CPCE L34-5", "certain"),
    "DE": (f"{_EPRIVACY}; UWG 7(2) and (3)", "certain"),
    "ES": (f"{_EPRIVACY}; LSSI 21", "certain"),
    "IT": (f"{_EPRIVACY}; Codice 130", "certain"),
}
# Digital consent age, GDPR art. 8(1) and the states' acts; the article's own age where a state is not named.
AGES: Mapping[str, int] = {
    **dict.fromkeys((*EUROPE.keys() - {"CH"}, "DE", "NL", "IE"), 16),
    "FR": 15,
    "ES": 14,
    "IT": 14,
    "GB": 13,
}
AGE_SOURCE = "GDPR and UK GDPR art. 8(1): consent of a child is given by who holds parental responsibility"
MINOR = "consent.minor"
_GB = "PECR reg. 22"
_GB_CHARITIES = date(2026, 2, 5)
_FR_OPT_IN = date(2026, 8, 11)
_ES_RENEWAL = date(2025, 12, 28)
_FR_OPT_OUT = "C. conso. L223-1 before law 2025-594 art. 13: calls were free but for Bloctel"

ROWS: tuple[NeedRow, ...] = (
    # The United States.
    _row("US", TEXTS, _WRITTEN, "47 CFR 64.1200(a)(2) and (f)(9): prior express written consent", "certain"),
    _row("US", RECORDED, _WRITTEN, "47 CFR 64.1200(a)(2), (a)(3) and (f)(9); FCC 24-17 for artificial voices", "certain"),
    NeedRow(
        region="US",
        technologies=LIVE,
        needed=False,
        source="47 CFR 64.1200(c)(2): live calls need none, but for numbers on a do-not-call list",
        confidence="certain",
    ),
    _row("US-CT", EVERY, _WRITTEN, "Conn. Gen. Stat. 42-288a (PA 23-98): written consent for any sales call or text", "certain"),
    _row("US-FL", TEXTS | RECORDED, _WRITTEN, "Fla. Stat. 501.059(8): written consent for automated calls and texts", "certain"),
    _row("US-MD", TEXTS | RECORDED, _WRITTEN, "Md. Com. Law 14-4501 ff.: written consent for automated systems", "certain"),
    _row("US-OK", TEXTS | RECORDED, _WRITTEN, "15 O.S. 775C: written consent for automated calls and texts", "certain"),
    _row("US-WA", TEXTS, _ANY_EXPRESS, "CEMA, RCW 19.190.060: commercial texts with clear prior consent only", "certain"),
    # Canada.
    _row(
        "CA",
        TEXTS,
        (
            *_ANY_EXPRESS,
            *_ways(_B.IMPLIED_PURCHASE, _B.IMPLIED_NON_BUSINESS, months=24, over=IMPLIED_EXPIRED),
            *_ways(_B.IMPLIED_INQUIRY, months=6, over=IMPLIED_EXPIRED),
            Way(basis=_B.CONTRACT, months=24, over=IMPLIED_EXPIRED, from_end=True),
        ),
        "CASL s. 6(1) and 10(1), (9), (10) and (13)",
        "certain",
    ),
    _row("CA", RECORDED, _ANY_EXPRESS, "CRTC Unsolicited Telecommunications Rules, part IV: express consent only", "likely"),
    NeedRow(
        region="CA",
        technologies=LIVE,
        needed=False,
        source="CRTC Unsolicited Telecommunications Rules, part II: live calls are held to the do-not-call lists",
        confidence="certain",
    ),
    # The European Union, the EEA, Switzerland and the United Kingdom.
    *(_row(state, TEXTS, (*_ANY_EXPRESS, _SOFT), source, confidence) for state, (source, confidence) in sorted(EUROPE.items())),
    *(
        _row(state, RECORDED, _ANY_EXPRESS, f"{_EPRIVACY}: automated calls need consent", "certain")
        for state in sorted(EUROPE.keys() - {"ES", "FR"})
    ),
    _row(
        "GB",
        TEXTS,
        (
            *_ANY_EXPRESS,
            replace(_SOFT, charity_from=_GB_CHARITIES),
            Way(basis=_B.IMPLIED_NON_BUSINESS, own_only=True, charity_from=_GB_CHARITIES),
        ),
        f"{_GB}; DUAA 2025 for charities' supporters since 2026-02-05",
        "certain",
    ),
    _row("GB", RECORDED, _ANY_EXPRESS, "PECR reg. 19: automated calls need consent", "certain"),
    NeedRow(
        region="GB",
        technologies=LIVE,
        needed=False,
        source="PECR reg. 21: live calls are held to the preference services",
        confidence="certain",
    ),
    replace(
        _row("FR", CALLS, (*_ANY_EXPRESS, *_ways(_B.CONTRACT)), "C. conso. L223-1 as of law 2025-594 art. 13", "certain"),
        valid_from=_FR_OPT_IN,
    ),
    replace(
        _row("FR", RECORDED, _ANY_EXPRESS, f"{_EPRIVACY}; CPCE L34-5: automated calls need consent", "certain"),
        valid_to=_FR_OPT_IN,
    ),
    replace(
        _row("FR", LIVE, (*_ANY_EXPRESS, *_ways(_B.CONTRACT)), f"policy: {_FR_OPT_OUT}", "certain"),
        valid_to=_FR_OPT_IN,
        profile="strict",
    ),
    NeedRow(
        region="FR",
        technologies=LIVE,
        needed=False,
        source=_FR_OPT_OUT,
        confidence="certain",
        valid_to=_FR_OPT_IN,
        profile="statutory",
    ),
    _row("DE", LIVE, _ANY_EXPRESS, "UWG 7(2) no. 1 and 7a: express prior consent, proof kept", "certain"),
    replace(_row("ES", CALLS, _ANY_EXPRESS, "LGT 66.1.b", "certain"), valid_to=_ES_RENEWAL),
    replace(
        _row(
            "ES",
            CALLS,
            _ways(*_EXPRESS, months=24, over=ES_EXPIRED),
            "LGT 66.1.b; Ley 10/2025: consent is renewed every two years",
            "likely",
        ),
        valid_from=_ES_RENEWAL,
    ),
    _row("NL", LIVE, _ANY_EXPRESS, "Tw 11.7: opt-in for calls since 2021-07", "likely"),
    *(
        row
        for region, source in (
            ("IT", "Codice 130 and DPR 26/2022: calls are held to the opposition register"),
            ("BE", "CEL VI.110-115: calls are held to the list Ne m'appelez plus"),
        )
        for row in (
            replace(_row(region, LIVE, _ANY_EXPRESS, f"policy, beyond {source}", "verify"), profile="strict"),
            NeedRow(region=region, technologies=LIVE, needed=False, source=source, confidence="verify", profile="statutory"),
        )
    ),
    # The rest of the world.
    _row("AU", TEXTS | RECORDED, _ANY_EXPRESS, "Spam Act 2003 s. 16; Do Not Call Register Act 2006", "certain"),
    NeedRow(
        region="AU",
        technologies=LIVE,
        needed=False,
        source="Do Not Call Register Act 2006 s. 11: calls are held to the register",
        confidence="certain",
    ),
    NeedRow(
        region="SG",
        technologies=EVERY,
        needed=False,
        source="PDPA part 9 s. 43: held to the do-not-call registry; clear consent in evidential form lifts that",
        confidence="likely",
    ),
    _row(
        "KR",
        EVERY,
        (
            *_ways(*_EXPRESS, months=24, over=KR_RECONFIRM),
            Way(basis=_B.IMPLIED_PURCHASE, months=6, over=IMPLIED_EXPIRED, own_only=True),
        ),
        "Network Act art. 50(1) and (8): consent, reconfirmed every two years; similar goods for six months after a purchase",
        "certain",
    ),
    _row("ZA", EVERY, _ANY_EXPRESS, "POPIA s. 69; CPA s. 11", "certain"),
    _row("NZ", EVERY, _ANY_EXPRESS, "UEMA 2007 s. 9", "certain"),
    _row("IN", EVERY, _ANY_EXPRESS, "TCCCPR 2018 with the second amendment of 2025-02-12: consent on the ledger", "certain"),
    _row("VN", EVERY, _ANY_EXPRESS, "Decree 91/2020 art. 13", "certain"),
    _row("BR", EVERY, _ANY_EXPRESS, "LGPD art. 7 and 8", "verify"),
    _row("AE", EVERY, _ANY_EXPRESS, "TDRA unsolicited communications policy; Cabinet Resolution 56/2024", "verify"),
    _row("SA", EVERY, _ANY_EXPRESS, "CST anti-spam rules", "verify"),
    _row("TR", EVERY, _ANY_EXPRESS, "Law 6563: consent registered in the IYS", "verify"),
    _row("IL", EVERY, _ANY_EXPRESS, "Communications Law 30A", "verify"),
    _row("MX", EVERY, _ANY_EXPRESS, "LFPC art. 18 and 18 bis", "verify"),
    _row(ELSEWHERE, EVERY, _ANY_EXPRESS, "policy: express consent where nobody has written down what the law asks for", "verify"),
)
