"""When may marketing go in the rest of the world? India, Australia, Korea, Vietnam, the Gulf, South Africa and others."""

from datetime import timedelta

from app.domain.message import Channel
from app.domain.packs.policy import policy
from app.domain.packs.words import NIGHT
from app.domain.windows import BOTH_PROFILES, EVERY, TEXT, VOICE, CapRow, Closed, Confidence, Lift, WindowRow, week

_DAY = timedelta(days=1)
_VOICE = (Channel.VOICE,)
_DECREE_91 = "Decree 91/2020/ND-CP"


def _daily(name: str, channels: frozenset[Channel], hours: str, source: str, confidence: Confidence) -> WindowRow:
    return WindowRow(
        id=name,
        region=name[:2].upper(),
        channels=channels,
        week=week(hours, f"time.quiet.{name}"),
        source=source,
        confidence=confidence,
    )


ROWS: tuple[WindowRow, ...] = (
    _daily("in.promo", EVERY, "10-21", "TCCCPR 2018 as amended 2025-02-12", "certain"),
    policy("AU", TEXT, "certain", source="Spam Act 2003 names no hours"),
    WindowRow(
        id="au.voice",
        region="AU",
        channels=VOICE,
        week=week("09-20", "time.quiet.au.voice", saturday=("09-17", "time.quiet.au.voice"), sunday=("", "time.sunday.au.voice")),
        holidays=(Closed("AU", "time.holiday.au.voice"),),
        lifts=(Lift(NIGHT, BOTH_PROFILES),),  # "unless the person agreed" to be called then
        source="Telecommunications (Telemarketing and Research Calls) Industry Standard 2017",
        confidence="certain",
    ),
    policy("NZ", TEXT, "certain", source="UEMA 2007 names no hours"),
    policy("NZ", _VOICE, "verify"),
    policy("SG", EVERY, "likely", source="PDPA Part 9 names no hours"),
    policy("HK", TEXT, "likely", source="UEMO names no hours"),
    policy("HK", _VOICE, "verify"),
    WindowRow(
        id="kr.night_consent",
        region="KR",
        channels=EVERY,
        week=week("08-21", "time.quiet.kr.night_consent"),
        lifts=(Lift(NIGHT, BOTH_PROFILES),),
        source="Network Act art. 50: at night only with separate consent",
        confidence="certain",
    ),
    _daily("vn.sms", TEXT, "07-22", _DECREE_91, "certain"),
    _daily("vn.voice", VOICE, "08-17", _DECREE_91, "certain"),
    _daily("ae.sms", TEXT, "08-21", "TDRA; sources differ on 07 or 08, the later stands here", "verify"),
    _daily("ae.voice", VOICE, "09-18", "Cabinet Resolution 56/2024", "likely"),
    _daily("sa.sms", TEXT, "09-20", "CST anti-spam rules; sources differ, the hours common to all", "verify"),
    policy("SA", _VOICE, "verify"),
    WindowRow(
        id="za",
        region="ZA",
        channels=EVERY,
        week=week("08-20", "time.quiet.za", saturday=("09-13", "time.quiet.za.saturday"), sunday=("", "time.sunday.za")),
        holidays=(Closed("ZA", "time.holiday.za"),),
        lifts=(Lift(frozenset({"express_written"})),),
        source="Consumer Protection Act s. 12 and its regulation",
        confidence="certain",
    ),
    policy("BR", TEXT, "verify", "09-21", saturday="10-16", source="the hours of the calling code of conduct"),
    WindowRow(
        id="br.voice",
        region="BR",
        channels=VOICE,
        week=week("09-21", "time.quiet.br.voice", saturday=("10-16", "time.quiet.br.voice"), sunday=("", "time.sunday.br.voice")),
        source="Anatel and self-regulation of calling",
        confidence="verify",
    ),
    policy("TR", EVERY, "verify", source="Law 6563; its hours are not checked"),
    policy("MX", EVERY, "verify", source="carriers enforce hours of their own"),
    policy("IL", TEXT, "likely", saturday="", source="Communications Law 30A names no hours; closed on the Sabbath"),
    policy("IL", _VOICE, "verify", saturday="", source="closed on the Sabbath"),
)

CAPS: tuple[CapRow, ...] = (
    CapRow(
        id="vn.sms.cap",
        region="VN",
        channels=TEXT,
        limit=3,
        window=_DAY,
        code="cap.vn.sms.3_per_24h",
        source=_DECREE_91,
        confidence="certain",
    ),
    CapRow(
        id="vn.voice.cap",
        region="VN",
        channels=VOICE,
        limit=1,
        window=_DAY,
        code="cap.vn.voice.1_per_24h",
        source=_DECREE_91,
        confidence="certain",
    ),
    CapRow(
        id="ae.voice.refusal",
        region="AE",
        channels=VOICE,
        limit=1,
        window=_DAY,
        zone="Asia/Dubai",
        counts="refusals",
        code="cap.ae.voice.refusal_same_day",
        source="Cabinet Resolution 56/2024",
        confidence="likely",
    ),
)
