"""Did they agree, and does it still hold at this instant? Marketing needs consent that was given and has not ended."""

from collections.abc import Mapping, Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import NO_CONSENT, ConsentFacts, ConsentState, Facts
from app.domain.message import Purpose

_SOURCE = "47 CFR 64.1200(a)(2); CASL s. 6; ePrivacy Directive art. 13; GDPR art. 7"
_EXPIRED = "consent.expired"
_CODES: Mapping[ConsentState, tuple[str, str]] = {
    ConsentState.NONE: ("consent.missing", "no consent is on record"),
    ConsentState.PENDING: ("consent.pending", "asked, and not yet confirmed"),
    ConsentState.DECLINED: ("consent.declined", "asked, and answered no"),
    ConsentState.REVOKED: ("consent.revoked", "taken back"),
    ConsentState.EXPIRED: (_EXPIRED, "no longer valid"),
}


def standing(facts: Facts) -> ConsentFacts:
    """The consent that says most about this channel: its own before its family's."""
    own = [consent for consent in facts.consents if consent.channel in {None, facts.channel}]
    return next(iter(own or facts.consents), NO_CONSENT)


def _judge(facts: Facts) -> Sequence[Objection]:
    if facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    consent = standing(facts)
    if consent.state is ConsentState.GIVEN:
        if consent.expires_at is None or facts.now < consent.expires_at:
            return ()
        return (Objection(_EXPIRED, _SOURCE, f"consent ended at {consent.expires_at.isoformat()}"),)
    code, detail = _CODES[consent.state]
    since = f" since {consent.since.isoformat()}" if consent.since else ""
    return (Objection(code, _SOURCE, detail + since),)


RULES = (Rule("consent.given", _SOURCE, _judge, tuple(code for code, _ in _CODES.values())),)
