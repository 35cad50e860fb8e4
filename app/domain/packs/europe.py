"""When may marketing go in Europe? Statutes for calls, operators' rules for French texts, and policy for most texts."""

from datetime import date, timedelta

from app.domain.message import Channel
from app.domain.packs.policy import policy
from app.domain.windows import EVERY, TEXT, VOICE, CapRow, Closed, Day, WindowRow, parse_hours, week

_FR_TEXT, _FR_VOICE = (
    "operators' rule for marketing texts (CPCE L34-5 has no hours)",
    "Code de la consommation L223-1; decree 2022-1313",
)
_FR_TEXT_WEEK = week("08-22", "time.quiet.fr.sms", sunday=("", "time.sunday.fr.sms"))
_FR_VOICE_WEEK = week(
    "10-13 14-20", "time.quiet.fr.voice", saturday=("", "time.weekend.fr.voice"), sunday=("", "time.weekend.fr.voice")
)
_ALSACE_MOSELLE = (Closed("FR-ALSACE-MOSELLE", "time.holiday.fr.alsace_moselle"),)

_FRANCE: tuple[WindowRow, ...] = (
    WindowRow(
        id="fr.text",
        region="FR",
        channels=TEXT,
        week=_FR_TEXT_WEEK,
        holidays=(Closed("FR", "time.holiday.fr.sms"),),
        source=_FR_TEXT,
        confidence="likely",
    ),
    WindowRow(
        id="fr.voice",
        region="FR",
        channels=VOICE,
        week=_FR_VOICE_WEEK,
        holidays=(Closed("FR", "time.holiday.fr.voice"),),
        source=_FR_VOICE,
        confidence="certain",
    ),
    *(
        WindowRow(
            id=f"fr.alsace_moselle.{part.lower()}.{name}",
            region=f"FR-{part}",
            channels=channels,
            week=days,
            holidays=_ALSACE_MOSELLE,
            source=f"Code du travail L3134-13: Good Friday and 26 December; {source}",
            confidence="certain",
        )
        for part in ("57", "67", "68", "6AE")
        for name, channels, days, source in (("text", TEXT, _FR_TEXT_WEEK, _FR_TEXT), ("voice", VOICE, _FR_VOICE_WEEK, _FR_VOICE))
    ),
)

_CALLS: tuple[WindowRow, ...] = (
    WindowRow(
        id="es.voice",
        region="ES",
        channels=VOICE,
        week=week("09-21", "time.quiet.es.voice", saturday=("", "time.weekend.es.voice"), sunday=("", "time.weekend.es.voice")),
        holidays=(Closed("ES", "time.holiday.es.voice"),),
        source="TRLGDCU 96.2",
        confidence="certain",
    ),
    WindowRow(
        id="it.voice",
        region="IT",
        channels=VOICE,
        week=week("09-20", "time.quiet.it.voice", saturday=("10-19", "time.quiet.it.voice"), sunday=("", "time.sunday.it.voice")),
        holidays=(Closed("IT", "time.holiday.it.voice"),),
        eves=Day(parse_hours("10-19"), "time.quiet.it.voice"),
        source="Garante's code of conduct for telemarketing, in force 2024-09-28",
        confidence="likely",
        valid_from=date(2024, 9, 28),
    ),
)

ROWS: tuple[WindowRow, ...] = (
    *_FRANCE,
    *_CALLS,
    policy("DE", EVERY, "certain", "08-20", source="UWG 7 names no hours"),
    policy("ES", TEXT, "certain", source="LSSI 21 names no hours"),
    policy("IT", TEXT, "certain", source="Codice 130 names no hours"),
    policy("GB", EVERY, "certain", "08-20", holidays="GB", source="PECR names no hours"),
    policy("NL", TEXT, "likely", source="Tw 11.7 names no hours"),
    policy("NL", (Channel.VOICE,), "verify", source="the hours of the trade's code are not checked"),
    policy("BE", EVERY, "verify", source="CEL VI.110-115, XII.13: no statutory hours found"),
    *(policy(region, EVERY, "verify") for region in ("AT", "CH", "CZ", "DK", "FI", "HU", "IE", "NO", "PL", "PT", "SE")),
)

CAPS: tuple[CapRow, ...] = (
    CapRow(
        id="fr.voice.cap",
        region="FR",
        channels=VOICE,
        limit=4,
        window=timedelta(days=30),
        code="cap.fr.voice.4_per_30d",
        source=_FR_VOICE,
        confidence="certain",
    ),
    CapRow(
        id="fr.voice.refusal",
        region="FR",
        channels=VOICE,
        limit=1,
        window=timedelta(days=60),
        counts="refusals",
        code="cap.fr.voice.refusal_60d",
        source=_FR_VOICE,
        confidence="certain",
    ),
)
