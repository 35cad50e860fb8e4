"""Why may the answer to somebody's own word go at any hour? Each kind of service reply names what it is owed under."""

from collections.abc import Mapping, Sequence

from app.domain.decision import Objection, Permission, Rule
from app.domain.facts import Facts

_SOURCE = "47 CFR 64.1200(a)(12); CTIA Messaging Principles 5.1; carriers' keyword duties"
# What it answers -> (code, source, what it is).
_REPLIES: Mapping[str, tuple[str, str, str]] = {
    "STOP": (
        "compliance.optout_confirmation",
        "47 CFR 64.1200(a)(12): one text that confirms the no, within five minutes, without marketing",
        "confirms an opt-out: quiet hours, suppressions and caps do not reach it",
    ),
    "PROMO": (
        "compliance.optout_confirmation",
        "47 CFR 64.1200(a)(12): what the answer to the question of scope has changed is confirmed",
        "confirms what an opt-out is to reach",
    ),
    "START": (
        "compliance.optin_confirmation",
        "CTIA Messaging Principles 5.1.2: one text that confirms the yes",
        "confirms an opt-in the person has just sent",
    ),
    "HELP": (
        "compliance.help_reply",
        "CTIA Messaging Principles 5.1.1: HELP is answered, also to who has opted out",
        "answers a request for help",
    ),
    "WHO": (
        "compliance.identification",
        "47 CFR 64.1200(b)(1) and (d)(4): who asks for the sender's name is told, once",
        "tells who the sender is to who has just asked",
    ),
}


def _nothing(_facts: Facts) -> Sequence[Objection]:
    return ()


def _permit(facts: Facts) -> Sequence[Permission]:
    known = _REPLIES.get(facts.reply_to or "")
    return () if known is None else (Permission(*known),)


RULES = (
    Rule("compliance.service_reply", _SOURCE, _nothing, tuple(dict.fromkeys(code for code, _, _ in _REPLIES.values())), _permit),
)
