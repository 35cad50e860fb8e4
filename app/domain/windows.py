"""When may marketing go, and where? The hours of each country as dated rows, with the law or policy they stand on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.domain.message import Channel

Confidence = Literal["certain", "likely", "verify"]
Hours = tuple[tuple[int, int], ...]

NOT_ENABLED = "region.not_enabled"
DAY_END = 24 * 60


@dataclass(frozen=True, slots=True)
class Day:
    """One kind of day: its open ranges in minutes of the local day, half open, and the code reported while it is closed."""

    hours: Hours
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """The marketing hours of one region for some channels.

    `region` is ISO 3166 alpha-2, later with a subdivision behind it; `week` has seven days, Monday first. The row is in force on
    local days from `valid_from` up to, not including, `valid_to`; None leaves that side open.
    """

    region: str
    channels: frozenset[Channel]
    week: tuple[Day, ...]
    source: str
    confidence: Confidence
    valid_from: date | None = None
    valid_to: date | None = None

    def on(self, day: date) -> Day | None:
        """What holds on a local day, or None when the row is not in force then."""
        if (self.valid_from and day < self.valid_from) or (self.valid_to and day >= self.valid_to):
            return None
        return self.week[day.weekday()]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its days, each once."""
        return tuple(dict.fromkeys(day.code for day in self.week))


TEXT = frozenset({Channel.SMS, Channel.MMS, Channel.RCS})
VOICE = frozenset({Channel.VOICE})
EVERY = frozenset(Channel)


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute or 0)


def _hours(written: str) -> Hours:
    """`"10-13 14-20"` in minutes; "" is closed."""
    ranges = (part.split("-") for part in written.split())
    return tuple((_minutes(opens), _minutes(closes)) for opens, closes in ranges)


def _week(
    workdays: str, code: str, *, saturday: tuple[str, str] | None = None, sunday: tuple[str, str] | None = None
) -> tuple[Day, ...]:
    """Seven days from the hours of Monday to Friday; Saturday and Sunday are the same unless given with their own code."""
    workday = Day(_hours(workdays), code)
    weekend = (workday if day is None else Day(_hours(day[0]), day[1]) for day in (saturday, sunday))
    return (*(workday,) * 5, *weekend)


def _policy(region: str, hours: str = "09-20", *, saturday: str | None = None, source: str = "") -> WindowRow:
    """Hours of ours for a country whose law names none for texts: never on Sundays."""
    code = f"time.policy.{region.lower()}"
    return WindowRow(
        region=region,
        channels=TEXT,
        week=_week(hours, code, saturday=(hours if saturday is None else saturday, code), sunday=("", code)),
        source=f"policy: {source or 'no statutory hours for texts are known'}",
        confidence="verify",
    )


def _row(region: str, channels: frozenset[Channel], week: tuple[Day, ...], source: str, confidence: Confidence) -> WindowRow:
    return WindowRow(region=region, channels=channels, week=week, source=source, confidence=confidence)


ROWS: tuple[WindowRow, ...] = (
    _row("US", EVERY, _week("08-21", "time.quiet.us.federal"), "47 CFR 64.1200(c)(1); 16 CFR 310.4(c)", "certain"),
    _row(
        "CA",
        VOICE,
        _week(
            "09-21:30",
            "time.quiet.ca.telemarketing",
            saturday=("10-18", "time.quiet.ca.telemarketing"),
            sunday=("10-18", "time.quiet.ca.telemarketing"),
        ),
        "CRTC Unsolicited Telecommunications Rules, Part III",
        "certain",
    ),
    _row(
        "CA",
        TEXT,
        _week("09-21:30", "time.policy.ca", saturday=("10-18", "time.policy.ca"), sunday=("10-18", "time.policy.ca")),
        "policy: CASL names no hours, so those of the CRTC's telemarketing rules",
        "certain",
    ),
    _row(
        "FR",
        TEXT,
        _week("08-22", "time.quiet.fr.sms", sunday=("", "time.sunday.fr.sms")),
        "operators' rule for marketing texts (CPCE L34-5 has no hours)",
        "likely",
    ),
    _row(
        "FR",
        VOICE,
        _week(
            "10-13 14-20",
            "time.quiet.fr.voice",
            saturday=("", "time.weekend.fr.voice"),
            sunday=("", "time.weekend.fr.voice"),
        ),
        "Code de la consommation L223-1; decree 2022-1313",
        "certain",
    ),
    _policy("DE", "08-20", source="UWG 7 names no hours"),
    _policy("ES", source="LSSI 21 names no hours"),
    _row(
        "ES",
        VOICE,
        _week(
            "09-21",
            "time.quiet.es.voice",
            saturday=("", "time.weekend.es.voice"),
            sunday=("", "time.weekend.es.voice"),
        ),
        "TRLGDCU 96.2",
        "certain",
    ),
    _policy("IT", source="Codice 130 names no hours"),
    _row(
        "IT",
        VOICE,
        _week("09-20", "time.quiet.it.voice", saturday=("10-19", "time.quiet.it.voice"), sunday=("", "time.sunday.it.voice")),
        "Garante's code of conduct for telemarketing, in force 2024-09-28",
        "likely",
    ),
    _policy("GB", "08-20", source="PECR names no hours for texts"),
    _row("IN", EVERY, _week("10-21", "time.quiet.in.promo"), "TCCCPR 2018 as amended 2025-02-12", "certain"),
    _policy("AU", source="Spam Act 2003 names no hours"),
    _row(
        "AU",
        VOICE,
        _week("09-20", "time.quiet.au.voice", saturday=("09-17", "time.quiet.au.voice"), sunday=("", "time.sunday.au.voice")),
        "Telecommunications (Telemarketing and Research Calls) Industry Standard 2017",
        "certain",
    ),
    _policy("NZ", source="UEMA 2007 names no hours"),
    _policy("SG", source="PDPA Part 9 names no hours"),
    _row(
        "KR",
        EVERY,
        _week("08-21", "time.quiet.kr.night_consent"),
        "Network Act art. 50: at night only with separate consent",
        "certain",
    ),
    _row("VN", TEXT, _week("07-22", "time.quiet.vn.sms"), "Decree 91/2020", "certain"),
    _row("VN", VOICE, _week("08-17", "time.quiet.vn.voice"), "Decree 91/2020", "certain"),
    _row("AE", TEXT, _week("08-21", "time.quiet.ae.sms"), "TDRA; sources differ on 07 or 08, the later stands here", "verify"),
    _row("AE", VOICE, _week("09-18", "time.quiet.ae.voice"), "Cabinet Resolution 56/2024", "likely"),
    _row(
        "SA", TEXT, _week("09-20", "time.quiet.sa.sms"), "CST anti-spam rules; sources differ, the hours common to all", "verify"
    ),
    _row(
        "ZA",
        EVERY,
        _week("08-20", "time.quiet.za", saturday=("09-13", "time.quiet.za.saturday"), sunday=("", "time.sunday.za")),
        "Consumer Protection Act s. 12 and its regulation",
        "certain",
    ),
    _policy("BR", "09-21", saturday="10-16", source="the hours of the calling code of conduct"),
    _row(
        "BR",
        VOICE,
        _week("09-21", "time.quiet.br.voice", saturday=("10-16", "time.quiet.br.voice"), sunday=("", "time.sunday.br.voice")),
        "Anatel and self-regulation of calling",
        "verify",
    ),
    _policy("MX", source="carriers enforce hours of their own"),
    *(_policy(region) for region in ("AT", "BE", "CH", "CZ", "DK", "FI", "HU", "IE", "NL", "NO", "PL", "PT", "SE")),
)

# Territories under 47 CFR 64.1200 to which the phone library gives region codes of their own.
_UNDER: Mapping[str, str] = {"AS": "US", "GU": "US", "MP": "US", "PR": "US", "VI": "US"}


def _by_region(rows: Iterable[WindowRow]) -> Mapping[tuple[str, Channel], tuple[WindowRow, ...]]:
    found: dict[tuple[str, Channel], tuple[WindowRow, ...]] = {}
    for row in rows:
        for channel in row.channels:
            found[row.region, channel] = (*found.get((row.region, channel), ()), row)
    for territory, region in _UNDER.items():
        found |= {(territory, channel): found[region, channel] for channel in Channel}
    return found


_ROWS_OF = _by_region(ROWS)


def rows_for(region: str, channel: Channel) -> tuple[WindowRow, ...]:
    """The rows that bind marketing to a number of this region; none where the market is not enabled."""
    return _ROWS_OF.get((region, channel), ())


def own_row(hours: tuple[int, int], *, code: str, source: str) -> WindowRow:
    """A workspace's daily hours as a row: from and to in minutes of the local day; a "to" before the "from" is past midnight."""
    opens, closes = hours
    ranges = ((opens, closes),) if opens <= closes else ((0, closes), (opens, DAY_END))
    day = Day(tuple((start, end) for start, end in ranges if start < end), code)
    return WindowRow(region="", channels=EVERY, week=(day,) * 7, source=source, confidence="certain")
