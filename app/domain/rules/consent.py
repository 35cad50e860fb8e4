"""Did they agree to this, and does it still hold at this instant? Marketing needs the kind of consent its place asks for."""

from collections.abc import Sequence

from app.domain.book import INSTALLED
from app.domain.clocks import years_old
from app.domain.consent_check import (
    DECLINED,
    INCOMPLETE,
    PENDING,
    REVOKED,
    SCOPE_BRAND,
    SCOPE_CHANNEL,
    SCOPE_TOPIC,
    SOFT_NOT_RETROACTIVE,
    SOFT_NOTICE,
    SOFT_SCOPE,
    clocks_of,
    examine,
    regions_of,
)
from app.domain.consent_needs import country_of
from app.domain.consent_rows import (
    AGE_SOURCE,
    ES_EXPIRED,
    EXPIRED,
    IMPLIED_EXPIRED,
    KIND_INSUFFICIENT,
    KR_RECONFIRM,
    MINOR,
    MISSING,
)
from app.domain.decision import Objection, Permission, Rule
from app.domain.evidence import DOUBLE_OPT_IN, PARENTAL
from app.domain.facts import ConsentFacts, ConsentState, Facts, Ground
from app.domain.message import Purpose

_SOURCE = "47 CFR 64.1200(a)(2); CASL s. 6; ePrivacy Directive art. 13; GDPR art. 7"
_CONFIRMED = "consent.double_opt_in_confirmed"
_ONCE = "consent.double_opt_in_request_once"
_ONCE_SOURCE = "policy: a request for consent is itself advertising to who has not agreed (CASL s. 1(3)), so it is made once"


def _judge(facts: Facts) -> Sequence[Objection]:
    if facts.reply_to is not None:
        return ()
    if facts.ground is Ground.CONSENT_REQUEST:
        return _judge_request(facts)
    if facts.purpose is not Purpose.MARKETING:
        return ()
    found = examine(facts)
    if facts.birth_date is None:
        return found.objections
    parental = found.consent is not None and PARENTAL in found.consent.flags
    return (*found.objections, *(() if parental else _minor(facts)))


def _minor(facts: Facts) -> Sequence[Objection]:
    """Too young to agree where they live: the highest age of all the places they may be in."""
    assert facts.birth_date is not None
    ages = (facts.market.pack or INSTALLED).consent_ages
    wanted = max((ages.get(country_of(region), 0) for region in regions_of(facts)), default=0)
    age = years_old(facts.birth_date, now=facts.now, zones=clocks_of(facts))
    if age >= wanted:
        return ()
    return (Objection(MINOR, AGE_SOURCE, f"{age} years old; consent of one's own counts from {wanted}"),)


def _judge_request(facts: Facts) -> Sequence[Objection]:
    """A request for consent goes once, and never to who has answered it with no or is being asked already."""
    for consent in facts.consents:
        if consent.brand not in {"", facts.brand} or consent.topic not in {"", facts.topic}:
            continue
        waits = consent.expires_at is None or facts.now < consent.expires_at
        if consent.state is ConsentState.PENDING and waits:
            return (Objection(_ONCE, _ONCE_SOURCE, "asked already, and the answer is still open"),)
        if consent.state is ConsentState.DECLINED:
            return (Objection(DECLINED, _ONCE_SOURCE, "asked already, and answered no"),)
    return ()


def _permit(facts: Facts) -> Sequence[Permission]:
    if facts.purpose is not Purpose.MARKETING or facts.reply_to is not None or not any(map(_confirmed, facts.consents)):
        return ()
    consent = examine(facts).consent
    if consent is None or not _confirmed(consent):
        return ()
    return (Permission(_CONFIRMED, "GDPR art. 7(1); UWG 7a", "asked, and confirmed by the person"),)


def _confirmed(consent: ConsentFacts) -> bool:
    return DOUBLE_OPT_IN in consent.flags or consent.method == "double_opt_in"


_CODES = (
    MISSING,
    PENDING,
    DECLINED,
    REVOKED,
    EXPIRED,
    IMPLIED_EXPIRED,
    ES_EXPIRED,
    KR_RECONFIRM,
    INCOMPLETE,
    KIND_INSUFFICIENT,
    SCOPE_BRAND,
    SCOPE_CHANNEL,
    SCOPE_TOPIC,
    SOFT_NOTICE,
    SOFT_SCOPE,
    SOFT_NOT_RETROACTIVE,
    MINOR,
    _ONCE,
    _CONFIRMED,
)

RULES = (Rule("consent.given", _SOURCE, _judge, _CODES, _permit),)
