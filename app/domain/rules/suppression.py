"""Must this number be left alone? A suppression holds whatever the consent, and a "no" on one channel is heard on all."""

from collections.abc import Mapping, Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts, SuppressionFact
from app.domain.message import Channel, Purpose

_STOP = "47 CFR 64.1200(a)(10) and (d)(6); CASL s. 11(3); GDPR art. 7(3)"
_TEXT = ("suppress.opt_out.text", _STOP)
_VOICE = ("suppress.opt_out.voice", "47 CFR 64.1200(a)(10), (b)(3) and (d)(6); GDPR art. 7(3)")
# FCC 24-24 has a "no" reach every call and text that needs consent; what it answered narrows it by (a)(12) alone. Its reach
# from an informational text to marketing is waived to 2027-01-31 (DA 26-12): only the strict profile holds it already.
_EVERYWHERE = ("suppress.opt_out.marketing_all_channels", "47 CFR 64.1200(a)(10) and (a)(12); FCC 24-24; DA 26-12")
_OBJECTION = ("suppress.objection_art21", "GDPR and UK GDPR art. 21(2) and (3): an objection to direct marketing has no end")
_PERSON = ("suppress.opt_out.person", "policy: a no is the person's, whichever of their numbers it came from")

# Reason -> (code, source). A reason without a row suppresses all the same.
_REASONS: Mapping[str, tuple[str, str]] = {
    "objection": _OBJECTION,
    "complaint": ("suppress.complaint", "CTIA Messaging Principles 5.1: who has complained is not written to again"),
    "review": ("suppress.review", "47 CFR 64.1200(a)(10): a reply that may be a no is one until a person has read it"),
    "wrong_number": ("suppress.wrong_number", "47 U.S.C. 227(b)(1)(A): the consent of another person is none"),
    "erased": ("suppress.erased", "GDPR art. 17(3) and 21(3): the no outlives the data"),
    "invalid_number": ("suppress.invalid_number", "a carrier said that the number cannot be reached"),
    "hard_bounce": ("suppress.hard_bounce", "carriers said again and again that the number cannot be reached"),
    "deactivated": ("suppress.deactivated", "the carrier took the number out of service: who had it has it no more"),
    "reassigned": ("suppress.reassigned", "47 CFR 64.1200(m): the number belongs to somebody else now"),
    "carrier_blocked": ("suppress.carrier_blocked", "the recipient or the carrier blocks this sender"),
    "dnc": ("suppress.dnc", "47 CFR 64.1200(c)(2) and (d); national do-not-call lists"),
}
_OTHER = ("suppress.other", "a suppression of a reason this version does not know")

# Where an opt-out that did not come as a reply is an objection to direct marketing: the EU with its outermost regions, the EEA,
# and the United Kingdom with the islands that copied its law.
_ART_21 = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE AX GF GP MQ RE YT MF "
    "IS LI NO GB GG IM JE".split()
)
_WRITTEN = frozenset({"email", "letter", "post", "web_form", "privacy_request", "objection", "phone_call", "in_person"})
_SAID_ON = {"keyword": "text", "reply": "text", "carrier": "text", "provider": "text", "key_press": "voice", "call": "voice"}


def _said_on(suppression: SuppressionFact) -> str:
    """The family a "no" was said on; "" where it was told some other way."""
    return suppression.via or _SAID_ON.get(suppression.method, "")


def _binds(suppression: SuppressionFact, facts: Facts) -> bool:
    if facts.purpose is not Purpose.MARKETING and suppression.scope == "marketing":
        return False
    if suppression.channel in {None, facts.channel}:
        return True
    # The strict profile hears a STOP on every channel. A "no" told to the workspace may be to some channels only, and so is what
    # is left of one after the person came back on others.
    told = not _said_on(suppression) or suppression.method == "left_over"
    return suppression.reason == "opt_out" and not told and facts.market.profile != "statutory"


def _regions(facts: Facts) -> set[str]:
    return {facts.number.region, *(place.region.partition("-")[0] for place in facts.places)}


def _opt_out(suppression: SuppressionFact, facts: Facts) -> tuple[str, str] | None:
    """The code of a "no" by how it came and what it answered; None where it does not reach what is asked about."""
    if suppression.answered == "informational" and facts.market.profile == "statutory":
        return None
    if suppression.method in _WRITTEN and not _ART_21.isdisjoint(_regions(facts)):
        return _OBJECTION
    if suppression.answered in {"informational", "scope_question"}:
        return _EVERYWHERE
    asked = "voice" if facts.channel is Channel.VOICE else "text"
    if (_said_on(suppression) or asked) != asked:
        return _EVERYWHERE
    return _VOICE if asked == "voice" else _TEXT


def _judge(facts: Facts) -> Sequence[Objection]:
    # The answer to someone's own STOP, START or HELP is owed even to the suppressed: 47 CFR 64.1200(a)(12).
    if not facts.suppressions or facts.reply_to is not None:
        return ()
    found: dict[str, Objection] = {}
    for suppression in facts.suppressions:
        if not _binds(suppression, facts):
            continue
        known = _opt_out(suppression, facts) if suppression.reason == "opt_out" else _REASONS.get(suppression.reason, _OTHER)
        if known is None:
            continue
        code, source = known
        how = "".join(f", {word}" for word in (suppression.method, suppression.answered) if word)
        detail = f"{suppression.scope} suppressed since {suppression.since.isoformat()}: {suppression.reason}{how}"
        found.setdefault(code, Objection(code, source, detail))
    return tuple(found.values())


def _judge_person(facts: Facts) -> Sequence[Objection]:
    if not facts.stopped_elsewhere or facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    if facts.market.profile == "statutory":  # the law's no is the number's: 47 CFR 64.1200(d)(6)
        return ()
    return (Objection(*_PERSON, "the same person opted out on another of their numbers"),)


_CODES = (*(code for code, _ in (_TEXT, _VOICE, _EVERYWHERE, *_REASONS.values())), _OTHER[0])
RULES = (
    Rule("suppress.any", "numbers to be left alone", _judge, _CODES),
    Rule(_PERSON[0], _PERSON[1], _judge_person),
)
