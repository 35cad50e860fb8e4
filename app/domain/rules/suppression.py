"""Must this number be left alone? A suppression holds whatever the consent."""

from collections.abc import Mapping, Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts, SuppressionFact
from app.domain.message import Purpose

# Reason -> (code, source). A reason without a row suppresses all the same.
_REASONS: Mapping[str, tuple[str, str]] = {
    "opt_out": ("suppress.opt_out.text", "47 CFR 64.1200(a)(10) and (d); GDPR art. 21(3)"),
    "erased": ("suppress.erased", "GDPR art. 17(3) and 21(3): the no outlives the data"),
    "invalid_number": ("suppress.invalid_number", "a carrier said that the number cannot be reached"),
    "carrier_blocked": ("suppress.carrier_blocked", "the recipient or the carrier blocks this sender"),
    "dnc": ("suppress.dnc", "47 CFR 64.1200(c)(2) and (d); national do-not-call lists"),
}
_OTHER = ("suppress.other", "a suppression of a reason this version does not know")


def _binds(suppression: SuppressionFact, facts: Facts) -> bool:
    marketing_only = suppression.scope == "marketing"
    wanted_elsewhere = suppression.channel is not None and suppression.channel is not facts.channel
    return not wanted_elsewhere and (facts.purpose is Purpose.MARKETING or not marketing_only)


def _judge(facts: Facts) -> Sequence[Objection]:
    # The answer to someone's own STOP, START or HELP is owed even to the suppressed: 47 CFR 64.1200(a)(12).
    if not facts.suppressions or facts.reply_to is not None:
        return ()
    found: dict[str, Objection] = {}
    for suppression in facts.suppressions:
        if _binds(suppression, facts):
            code, source = _REASONS.get(suppression.reason, _OTHER)
            detail = f"{suppression.scope} suppressed since {suppression.since.isoformat()}: {suppression.reason}"
            found.setdefault(code, Objection(code, source, detail))
    return tuple(found.values())


RULES = (Rule("suppress.any", "numbers to be left alone", _judge, (*(code for code, _ in _REASONS.values()), _OTHER[0])),)
