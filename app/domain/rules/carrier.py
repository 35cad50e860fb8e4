"""Will the carrier take it? A pair of sender and number it blocks is refused, whatever the purpose and the law."""

from collections.abc import Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts

_SOURCE = "the provider's own opt-out handling: after a STOP it refuses this sender to this number until START comes back"
_BLOCKED = "carrier.blocked_"
# Codes providers give for it; one that is new to us is told in the same form.
_KNOWN = ("21610", "63014", "stop")


def _judge(facts: Facts) -> Sequence[Objection]:
    # Its answer to a keyword is the one thing a provider lets through, or sends itself.
    if facts.sender is None or not facts.sender.blocked_code or facts.reply_to is not None:
        return ()
    code = _BLOCKED + facts.sender.blocked_code
    return (Objection(code, _SOURCE, "the recipient must text START to this sender before it can be used again"),)


RULES = (Rule("carrier.blocked", _SOURCE, _judge, tuple(_BLOCKED + code for code in _KNOWN)),)
