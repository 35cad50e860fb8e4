"""What do laws and carriers want in a text, and out of it? Dated rows by region, channel and purpose, with their sources."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.domain.facts import Technology
from app.domain.message import Channel, Purpose
from app.domain.windows import EVERY, TEXT, VOICE, Confidence

Force = Literal["required", "advised"]
MARKETING = frozenset({Purpose.MARKETING})
ANY_PURPOSE = frozenset(Purpose)
RECORDED = frozenset({Technology.RECORDED, Technology.AI_VOICE})
ANYWHERE = ""
"""The region of a row that holds everywhere."""


ELEMENTS = ("identification", "opt_out", "ad_label", "voice_identity_first", "voice_opt_out", "voicemail_number")
"""What a row can want a message to hold; looked for by `app.domain.content`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRow:
    """One row. `region` is ISO 3166 alpha-2, with a subdivision behind it where it is narrower; regions nest.

    In force on days from `valid_from` up to, not including, `valid_to`; None leaves that side open.
    """

    region: str
    channels: frozenset[Channel]
    purposes: frozenset[Purpose]
    source: str
    confidence: Confidence
    technologies: frozenset[Technology] = field(default_factory=lambda: frozenset(Technology))
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, regions: Iterable[str], channel: Channel, purpose: Purpose, technology: Technology, day: date) -> bool:
        """Whether the row speaks of such a message to someone who may be in any of these regions."""
        if (self.valid_from and day < self.valid_from) or (self.valid_to and day >= self.valid_to):
            return False
        there = self.region == ANYWHERE or self.region in regions
        return there and channel in self.channels and purpose in self.purposes and technology in self.technologies


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow(ContentRow):
    """What a message must hold: `element` as `app.domain.content` names it. `advised` is what carriers ask and no law."""

    element: str
    force: Force = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProhibitedRow(ContentRow):
    """What a message may not be about."""

    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRow(ContentRow):
    """What may only be told to people of `age` years, where it may be told at all."""

    category: str
    age: int


# The carriers of these serve one market: the United States and what belongs to it.
_US = ("US", "PR", "GU", "VI", "AS", "MP")
_EEA = tuple("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE NO IS LI".split())
_EPRIVACY = "ePrivacy Directive 2002/58 art. 13(2) and (4)"
_CTIA = "CTIA Messaging Principles and Best Practices, section 5: the carriers' rule"
_CASL = "CASL s. 6(2) and 11; SOR/2012-36 s. 2 and 3"


def _needs(
    region: str,
    elements: str,
    source: str,
    confidence: Confidence,
    *,
    purposes: frozenset[Purpose] = MARKETING,
    force: Force = "required",
) -> tuple[NeedRow, ...]:
    return tuple(
        NeedRow(
            region=region, channels=TEXT, purposes=purposes, element=element, force=force, source=source, confidence=confidence
        )
        for element in elements.split()
    )


def _recorded(
    region: str, element: str, source: str, confidence: Confidence, purposes: frozenset[Purpose] = MARKETING
) -> NeedRow:
    return NeedRow(
        region=region,
        channels=VOICE,
        purposes=purposes,
        element=element,
        source=source,
        confidence=confidence,
        technologies=RECORDED,
    )


NEEDS: tuple[NeedRow, ...] = (
    *(row for region in _US for row in _needs(region, "identification opt_out", _CTIA, "likely", force="advised")),
    *(
        row
        for region in _US
        for row in (
            _recorded(region, "voice_identity_first", "47 CFR 64.1200(b)(1)", "certain", ANY_PURPOSE),
            _recorded(region, "voice_opt_out", "47 CFR 64.1200(b)(3)", "certain"),
            _recorded(region, "voicemail_number", "47 CFR 64.1200(b)(3)", "certain"),
        )
    ),
    # CASL's form holds for the messages of s. 6(6) too, which need no consent: receipts, deliveries, warranties.
    *_needs("CA", "identification opt_out", _CASL, "certain", purposes=ANY_PURPOSE),
    _recorded("CA", "voice_identity_first", "CRTC Unsolicited Telecommunications Rules, Part IV", "likely"),
    *(
        row
        for region in (*_EEA, "CH")
        if region not in {"FR", "ES", "DE"}
        for row in _needs(region, "identification opt_out", _EPRIVACY, "certain" if region in {"IT", "IE"} else "likely")
    ),
    *_needs("FR", "identification opt_out", "CPCE art. L34-5: STOP in each text, the brand named", "certain"),
    *_needs("DE", "identification opt_out", "UWG s. 7(2) and (3)", "certain"),
    *_needs("ES", "identification opt_out", "LSSI art. 20 and 21", "certain"),
    *(
        row
        for region in ("GB", "GG", "JE", "IM")
        for row in _needs(region, "identification opt_out", "PECR reg. 22(3) and 23", "certain")
    ),
    *_needs("AU", "identification opt_out", "Spam Act 2003 s. 17 and 18", "certain"),
    *_needs("NZ", "identification opt_out", "Unsolicited Electronic Messages Act 2007 s. 10 and 11", "certain"),
    *_needs("HK", "identification opt_out", "Unsolicited Electronic Messages Ordinance s. 8 and 9", "likely"),
    *_needs("SG", "identification opt_out ad_label", "Spam Control Act, second schedule: <ADV> and unsubscribe", "likely"),
    *_needs(
        "KR",
        "identification opt_out ad_label",
        "Network Act art. 50: (광고) first, the sender, a free number to refuse",
        "certain",
    ),
    *_needs(
        "VN", "identification opt_out ad_label", "Decree 91/2020 art. 13 to 15: [QC] or [AD] first, how to refuse", "certain"
    ),
    *_needs("IL", "identification opt_out ad_label", "Communications Law s. 30A(e)", "likely"),
    *_needs("ZA", "identification opt_out", "POPIA s. 69(4); ECTA s. 45", "likely"),
    *_needs("TR", "identification opt_out", "Law 6563 art. 8 and 9", "verify"),
    *_needs("AE", "opt_out", "TDRA unsolicited communications regulation", "verify"),
)

_CARRIERS = "the carriers' rule in the US and Canada: CTIA Principles, section 5; T-Mobile code of conduct (fines of severity 0)"
_REFUSED_ALWAYS = ("cannabis", "cbd", "sex", "hate", "phishing", "firearms")
_REFUSED_MARKETING = (
    "high_risk_loans",
    "debt_relief",
    "credit_repair",
    "lead_generation",
    "gambling",
    "get_rich_quick",
)


def _prohibited(region: str, category: str, source: str, confidence: Confidence, **other: object) -> ProhibitedRow:
    given: dict[str, object] = {"channels": TEXT, "purposes": MARKETING} | other
    return ProhibitedRow(region=region, category=category, source=source, confidence=confidence, **given)  # type: ignore[arg-type]


PROHIBITED: tuple[ProhibitedRow, ...] = (
    _prohibited(ANYWHERE, "phishing", "fraud, everywhere", "certain", channels=EVERY, purposes=ANY_PURPOSE),
    _prohibited(ANYWHERE, "hate", "policy: refused everywhere", "certain", channels=EVERY, purposes=ANY_PURPOSE),
    *(
        _prohibited(region, category, _CARRIERS, "likely", purposes=purposes)
        for region in (*_US, "CA")
        for purposes, categories in ((ANY_PURPOSE, _REFUSED_ALWAYS), (MARKETING, _REFUSED_MARKETING))
        for category in categories
        if category not in {"phishing", "hate"}
    ),
    *(_prohibited(region, "tobacco", "Directive 2003/33/EC art. 3", "likely", channels=EVERY) for region in _EEA),
    _prohibited("GB", "tobacco", "Tobacco Advertising and Promotion Act 2002", "likely", channels=EVERY),
    _prohibited(
        "FR",
        "home_energy_renovation",
        "law 2025-594 art. 13: no canvassing by call or text for renovating or adapting homes",
        "certain",
        channels=EVERY,
        valid_from=date(2025, 7, 1),
    ),
    *(
        _prohibited(region, "alcohol", "advertising alcohol is forbidden", "verify", channels=EVERY)
        for region in ("SA", "KW", "AE")
    ),
    *(
        _prohibited(region, "gambling", "advertising gambling is forbidden", "verify", channels=EVERY)
        for region in ("SA", "AE", "IT")
    ),
)

_ADULTS = "policy: the strictest age of majority, where no row names one"


def _age(region: str, category: str, age: int, source: str, confidence: Confidence) -> AgeRow:
    return AgeRow(
        region=region, channels=EVERY, purposes=MARKETING, category=category, age=age, source=source, confidence=confidence
    )


_GATED = ("alcohol", "tobacco", "gambling", "adult", "sex", "cannabis", "firearms")
_AT_18 = (*_EEA, "GB", "GG", "JE", "IM", "CH", "AU", "NZ", "ZA", "BR", "MX", "SG", "VN", "HK", "IL", "TR")
AGES: tuple[AgeRow, ...] = (
    *(_age(ANYWHERE, category, 21, _ADULTS, "likely") for category in _GATED),
    *(_age(region, "alcohol", 21, "23 U.S.C. 158; CTIA: a real age gate", "certain") for region in _US),
    *(_age(region, "tobacco", 21, "21 U.S.C. 387f(d); CTIA: a real age gate", "certain") for region in _US),
    _age("CA", "alcohol", 19, "provincial liquor acts: 19, in AB, MB and QC 18", "certain"),
    _age("CA", "tobacco", 21, "provincial tobacco acts: 18 to 21", "likely"),
    *(_age(region, category, 18, "age of majority", "likely") for region in _AT_18 for category in _GATED if region != "IS"),
    _age("IS", "alcohol", 20, "Icelandic alcohol act", "likely"),
    _age("KR", "alcohol", 19, "Youth Protection Act", "likely"),
    _age("JP", "alcohol", 20, "act on underage drinking", "likely"),
    _age("IN", "alcohol", 25, "state excise acts, the strictest of them", "verify"),
)
