"""May this text go there? It says who sends it and how to object, sells nothing under another name, and is fit for its reader."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from app.domain.advice import LACKING, SELLING_SOURCE, SELLS, may_not_sell, refuses_selling, say_selling
from app.domain.book import INSTALLED
from app.domain.content_needs import NOT_COMMERCIAL, content_regions, highest_age
from app.domain.content_rows import AgeRow, NeedRow
from app.domain.decision import Objection, Rule
from app.domain.facts import ContentFacts, Facts, Ground
from app.domain.media import mms_limit
from app.domain.message import Channel, Purpose

_CODES: Mapping[str, str] = {
    "identification": "content.identification_missing",
    "opt_out": "content.opt_out_missing",
    "ad_label": "content.ad_label_missing",
    "voice_identity_first": "content.voice_identity_missing",
    "voice_opt_out": "content.voice_optout_missing",
    "voicemail_number": "content.voicemail_number_missing",
}
_SHORTENER = ("content.public_url_shortener", "the carriers' rule: CTIA Principles, section 5.3; AT&T's list")
_CONFIRMATION = ("content.confirmation_marketing", "47 CFR 64.1200(a)(12): one confirmation, without marketing")
_MIXED = (f"content.{SELLS}", SELLING_SOURCE)
_PROHIBITED = "content.prohibited_category"
_AGE = "content.age_gate_missing"
_MMS = ("content.mms_too_large", "the carriers' limits for media (facts 6.2)")
_EVERY_TEXT_REFUSED = frozenset({"US", "CA", "PR", "GU", "VI", "AS", "MP"})  # where carriers look at every text for shorteners
_LATEST_ZONE = timedelta(hours=12)  # somewhere it is still yesterday, and a birthday has not come


def _day(facts: Facts) -> date:
    return (facts.now - _LATEST_ZONE).date()


def _rows(facts: Facts) -> tuple[NeedRow, ...]:
    pack = facts.market.pack or INSTALLED
    return pack.needed(content_regions(facts), facts.channel, facts.purpose, facts.technology, facts.now.date())


def missing_elements(facts: Facts, *, advised: bool) -> dict[str, list[NeedRow]]:
    """What the message lacks of what is needed for it: element -> the rows that ask for it."""
    content = facts.content
    if content is None or not content.lacks or facts.reply_to is not None or facts.ground in NOT_COMMERCIAL:
        return {}
    found: dict[str, list[NeedRow]] = {}
    for row in _rows(facts):
        if row.element in content.lacks and (row.force == "required" or advised):
            found.setdefault(row.element, []).append(row)
    return found


def _judge_elements(facts: Facts) -> Sequence[Objection]:
    return tuple(
        Objection(_CODES[element], "; ".join(dict.fromkeys(row.source for row in rows)), f"the text {LACKING[element]}")
        for element, rows in missing_elements(facts, advised=facts.market.require_advised).items()
    )


def _judge_confirmation(facts: Facts) -> Sequence[Objection]:
    asks = facts.reply_to is not None or facts.ground is Ground.CONSENT_REQUEST
    if facts.content is None or not asks or not facts.content.marketing:
        return ()
    return (Objection(*_CONFIRMATION, say_selling(facts.content.marketing)),)


def _judge_mixed(facts: Facts) -> Sequence[Objection]:
    if facts.content is None or not facts.content.marketing or not refuses_selling(facts.market.profile):
        return ()
    if not may_not_sell(facts.purpose, facts.ground, facts.reply_to):
        return ()
    return (Objection(*_MIXED, f"{say_selling(facts.content.marketing)}; send it as marketing"),)


def _judge_shorteners(facts: Facts) -> Sequence[Objection]:
    if facts.content is None or not facts.content.shorteners or facts.channel is Channel.VOICE or facts.reply_to is not None:
        return ()
    if facts.purpose is not Purpose.MARKETING and _EVERY_TEXT_REFUSED.isdisjoint(content_regions(facts)):
        return ()
    return (Objection(*_SHORTENER, f"links through {', '.join(facts.content.shorteners)}; use a domain of the brand"),)


def _judge_category(facts: Facts) -> Sequence[Objection]:
    if facts.content is None or not facts.content.categories or facts.reply_to is not None:
        return ()
    pack = facts.market.pack or INSTALLED
    rows = pack.refused(content_regions(facts), facts.channel, facts.purpose, facts.technology, facts.now.date())
    refused = [row for row in rows if row.category in facts.content.categories]
    if not refused:
        return ()
    about = ", ".join(sorted({row.category for row in refused}))
    return (Objection(_PROHIBITED, "; ".join(dict.fromkeys(row.source for row in refused)), f"it is about {about}"),)


def _judge_age(facts: Facts) -> Sequence[Objection]:
    content = facts.content
    if content is None or not content.categories or facts.reply_to is not None:
        return ()
    pack, regions = facts.market.pack or INSTALLED, content_regions(facts)
    gates = pack.age_gates(regions, facts.channel, facts.purpose, facts.technology, facts.now.date())
    for category in sorted(content.categories):
        row = highest_age(gates, regions, category)
        if row is None:
            continue
        problem = _too_young(facts, row) or _not_registered(facts, row)
        if problem:
            return (Objection(_AGE, row.source, problem),)
    return ()


def _too_young(facts: Facts, row: AgeRow) -> str:
    """Why the person may not be told of it; "" when they are known to be old enough."""
    if facts.birth_date is not None and _years(facts.birth_date, _day(facts)) < row.age:
        return f"{row.category} from {row.age} years on"
    if facts.age_verified or (facts.birth_date is not None and facts.market.profile != "strict"):
        return ""
    return f"{row.category} from {row.age} years on, and the recipient's age is not verified"


def _not_registered(facts: Facts, row: AgeRow) -> str:
    if facts.sender is None or row.category in facts.sender.age_gated:
        return ""
    return f"the sender is not registered for {row.category}"


def _years(born: date, day: date) -> int:
    """Whole years lived on a day; who was born on 29 February has lived one more on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _judge_media(facts: Facts) -> Sequence[Objection]:
    content: ContentFacts | None = facts.content
    if content is None or facts.channel is not Channel.MMS or not content.media_bytes:
        return ()
    limit = content.carrier_limit or mms_limit(facts.sender.kind if facts.sender else "")
    if content.media_bytes <= limit:
        return ()
    return (Objection(*_MMS, f"{content.media_bytes} bytes; the carrier takes {limit}: make the media smaller"),)


RULES = (
    Rule(
        "content.elements",
        "what each region wants in a text, see its rows",
        _judge_elements,
        tuple(_CODES.values()),
    ),
    Rule(_CONFIRMATION[0], _CONFIRMATION[1], _judge_confirmation),
    Rule(_MIXED[0], _MIXED[1], _judge_mixed),
    Rule(_SHORTENER[0], _SHORTENER[1], _judge_shorteners),
    Rule(_PROHIBITED, "what may not be advertised, see its rows", _judge_category),
    Rule(_AGE, "what only adults may be told, see its rows", _judge_age),
    Rule(_MMS[0], _MMS[1], _judge_media),
)
