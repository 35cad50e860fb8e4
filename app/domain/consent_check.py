"""Does what was agreed to cover this very message? Each consent is held against every need; the one that comes nearest speaks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum
from functools import lru_cache

from app.domain.book import INSTALLED
from app.domain.clocks import has_run_out, zones_of
from app.domain.consent_rows import EXPIRED, IMPLIED_EXPIRED, KIND_INSUFFICIENT, MISSING, NeedRow, Way
from app.domain.decision import Objection
from app.domain.evidence import CHARITY, EARLY, ELEMENTS, NO_NOTICE, OWN_CHANNEL, PARTNER, missing
from app.domain.facts import NO_CONSENT, ConsentBasis, ConsentFacts, ConsentState, Facts, Technology
from app.domain.message import Channel
from app.domain.windows import TEXT

PENDING = "consent.pending_double_opt_in"
DECLINED = "consent.declined"
REVOKED = "consent.revoked"
SCOPE_CHANNEL = "consent.scope_channel"
SCOPE_BRAND = "consent.scope_brand"
SCOPE_TOPIC = "consent.scope_topic"
SOFT_SCOPE = "consent.soft_opt_in_scope"
SOFT_NOTICE = "consent.soft_opt_in_notice"
SOFT_NOT_RETROACTIVE = "consent.soft_opt_in_not_retroactive"
INCOMPLETE = "consent.evidence_incomplete"

_NOES = frozenset({ConsentState.REVOKED, ConsentState.DECLINED})
_IMPLIED = frozenset({ConsentBasis.IMPLIED_PURCHASE, ConsentBasis.IMPLIED_INQUIRY, ConsentBasis.IMPLIED_NON_BUSINESS})
_SCOPE = "GDPR art. 6(1)(a) and 7; CASL s. 10(1); CTIA Messaging Principles 5.1: one opt-in per program"
_TAKEN_BACK = "47 CFR 64.1200(a)(10); CASL s. 11; GDPR art. 7(3)"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


class _Near(IntEnum):
    """How near a consent comes to covering a message: what it fails at, the last the nearest."""

    MISSING = 0
    CHANNEL = 1
    BRAND = 2
    TOPIC = 3
    SAID_NO = 4
    KIND = 5
    PENDING = 6
    SOFT = 7
    OVER = 8
    EVIDENCE = 9


@dataclass(frozen=True, slots=True)
class _Failing:
    """What keeps a consent from covering a message."""

    near: _Near
    objection: Objection


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at all consents came to: one that covers the message, or the objections of the nearest. Both may be empty."""

    consent: ConsentFacts | None
    objections: tuple[Objection, ...] = ()


def technology_of(facts: Facts) -> Technology:
    """What reaches the person; a call of which nothing is said is a recording, the strictest."""
    if facts.channel is not Channel.VOICE:
        return Technology.TEXT
    return Technology.RECORDED if facts.technology is Technology.TEXT else facts.technology


def regions_of(facts: Facts) -> tuple[str, ...]:
    """Where the person may be: the number's region, with its state where it has one, and every known place."""
    number = facts.number
    own = f"{number.region}-{number.subdivision}" if number.subdivision else number.region
    if not facts.places:
        return (own,)
    return tuple(dict.fromkeys((own, *(place.region for place in facts.places if place.region))))


def clocks_of(facts: Facts) -> tuple[tzinfo, ...]:
    """The zones in which days are counted."""
    return zones_of((*facts.number.zones, *(zone for place in facts.places for zone in place.zones)))


@lru_cache(maxsize=65_536)
def _days(zones: tuple[tzinfo, ...], minute: int) -> frozenset[date]:
    now = _EPOCH + minute * _MINUTE
    return frozenset(now.astimezone(zone).date() for zone in zones)


def needs_for(facts: Facts) -> tuple[NeedRow, ...]:
    """The rows that apply to this message."""
    days = _days(clocks_of(facts), (facts.now - _EPOCH) // _MINUTE)
    market = facts.market
    return (market.pack or INSTALLED).needs_of(regions_of(facts), technology_of(facts), market.profile, days)


def examine(facts: Facts) -> Found:
    """Whether any one consent covers the message, by every need. Pure; asked for every marketing message."""
    needs = needs_for(facts)
    noes = [consent for consent in facts.consents if consent.state in _NOES and _meant_for(consent, facts)]
    nearest: tuple[_Near, Sequence[_Failing]] | None = None
    for consent in facts.consents:
        failing = _failings(consent, noes, needs, facts)
        if not failing:
            return Found(consent)
        near = min(each.near for each in failing)
        if nearest is None or near > nearest[0]:
            nearest = near, failing
    if all(not need.needed for need in needs):
        said_no = [_said_no(no) for no in noes]
        return Found(None, tuple({objection.rule: objection for objection in said_no}.values()))
    if nearest is None or nearest[0] is _Near.MISSING:
        row = next(need for need in needs if need.needed)
        return Found(None, (Objection(MISSING, row.source, "no consent is on record"),))
    worst = {each.objection.rule: each.objection for each in nearest[1]}
    return Found(None, tuple(worst.values()))


def standing(facts: Facts) -> ConsentFacts:
    """The consent that says most: the one that covers the message, else the newest of this channel's own, else any."""
    covering = examine(facts).consent
    if covering is not None:
        return covering
    own = [consent for consent in facts.consents if consent.channel in {None, facts.channel}]
    return max(own or facts.consents, key=lambda consent: consent.since or _EPOCH, default=NO_CONSENT)


def _meant_for(no: ConsentFacts, facts: Facts) -> bool:
    """Whether a "no" reaches what the message is: on its channel, for its brand and topic."""
    on_it = no.channel in {None, facts.channel}
    return on_it and no.brand in {"", facts.brand} and no.topic in {"", facts.topic}


def _failings(
    consent: ConsentFacts, noes: Iterable[ConsentFacts], needs: Sequence[NeedRow], facts: Facts
) -> tuple[_Failing, ...]:
    """What keeps this consent from covering the message; each need may have its own."""
    general = _out_of_scope(consent, facts) or _not_given(consent, noes, facts)
    if general is not None:
        return (general,)
    found = [failing for need in needs if need.needed and (failing := _against(consent, need, facts)) is not None]
    return tuple(found)


def _out_of_scope(consent: ConsentFacts, facts: Facts) -> _Failing | None:
    if consent.channel is not None and consent.channel is not facts.channel:
        family = {facts.channel, consent.channel} <= TEXT and OWN_CHANNEL not in consent.flags
        if not family or consent.state in _NOES:
            near = _Near.CHANNEL if consent.state is ConsentState.GIVEN else _Near.MISSING
            return _failing(near, SCOPE_CHANNEL, _SCOPE, f"agreed to {consent.channel}, not to {facts.channel}")
    if consent.basis is ConsentBasis.SOFT_OPT_IN:
        return None  # own similar goods: its scope has a rule of its own
    if consent.brand not in {"", facts.brand}:
        near = _Near.BRAND if consent.state is ConsentState.GIVEN else _Near.MISSING
        return _failing(near, SCOPE_BRAND, _SCOPE, "what was agreed to is another brand's")
    if consent.topic not in {"", facts.topic}:
        near = _Near.TOPIC if consent.state is ConsentState.GIVEN else _Near.MISSING
        return _failing(near, SCOPE_TOPIC, _SCOPE, f"agreed to {consent.topic}, not to {facts.topic or 'everything'}")
    return None


def _not_given(consent: ConsentFacts, noes: Iterable[ConsentFacts], facts: Facts) -> _Failing | None:
    match consent.state:
        case ConsentState.NONE:
            return _failing(_Near.MISSING, MISSING, _SCOPE, "no consent is on record")
        case ConsentState.REVOKED | ConsentState.DECLINED:
            return _Failing(_Near.SAID_NO, _said_no(consent))
        case ConsentState.PENDING:
            lapsed = consent.expires_at is not None and facts.now >= consent.expires_at
            detail = "asked, and not confirmed in time" if lapsed else "asked, and not yet confirmed"
            return _failing(_Near.PENDING, PENDING, "GDPR art. 7(1); UWG 7: asked is not agreed", detail)
        case ConsentState.EXPIRED:
            return _failing(_Near.OVER, _over(consent), _TAKEN_BACK, f"no longer valid{_since(consent)}")
        case ConsentState.GIVEN:
            later = next((no for no in noes if _outdone(consent, no)), None)
            return None if later is None else _Failing(_Near.SAID_NO, _said_no(later))


def _outdone(consent: ConsentFacts, no: ConsentFacts) -> bool:
    """Whether a "no" came at or after a consent: then it is the no that counts, whatever the kinds."""
    return no.since is None or consent.since is None or no.since >= consent.since


def _said_no(consent: ConsentFacts) -> Objection:
    code, what = (REVOKED, "taken back") if consent.state is ConsentState.REVOKED else (DECLINED, "asked, and answered no")
    return Objection(code, _TAKEN_BACK, what + _since(consent))


def _against(consent: ConsentFacts, need: NeedRow, facts: Facts) -> _Failing | None:
    """What one need finds wanting in a consent that stands and is in scope."""
    way = need.way(consent.basis)
    if way is None:
        return _kind(consent, need)
    if way.own_only and (failing := _not_own(consent, way, need, facts)) is not None:
        return failing
    return _is_over(consent, way, need, facts) or _lacking(consent, way, need)


def _kind(consent: ConsentFacts, need: NeedRow) -> _Failing:
    soft = need.way(ConsentBasis.SOFT_OPT_IN) is not None
    if soft and consent.basis is ConsentBasis.IMPLIED_PURCHASE:
        detail = "a sale, and no chance to object when the number was collected is on record"
        return _failing(_Near.SOFT, SOFT_NOTICE, need.source, detail)
    wanted = ", ".join(way.basis for way in need.ways)
    return _failing(_Near.KIND, KIND_INSUFFICIENT, need.source, f"{consent.basis} is on record; it takes {wanted}")


def _not_own(consent: ConsentFacts, way: Way, need: NeedRow, facts: Facts) -> _Failing | None:
    """Own similar goods, to someone who could object when the number was collected, in the course of the sale itself."""
    if PARTNER in consent.flags or consent.brand != facts.brand or consent.topic != facts.topic:
        code = SOFT_SCOPE if consent.basis is ConsentBasis.SOFT_OPT_IN else SCOPE_TOPIC
        return _failing(_Near.SOFT, code, need.source, "it reaches the seller's own similar goods only")
    if NO_NOTICE in consent.flags:
        return _failing(_Near.SOFT, SOFT_NOTICE, need.source, "no chance to object when the number was collected")
    if EARLY in consent.flags:
        return _failing(_Near.SOFT, SOFT_NOT_RETROACTIVE, need.source, "collected before there was a sale or support")
    if way.charity_from is None or (consent.basis is ConsentBasis.SOFT_OPT_IN and CHARITY not in consent.flags):
        return None
    collected = None if consent.since is None else min(consent.since.astimezone(zone).date() for zone in clocks_of(facts))
    if collected is None or collected < way.charity_from:
        detail = f"collected before {way.charity_from}, when charities' supporters began to count"
        return _failing(_Near.SOFT, SOFT_NOT_RETROACTIVE, need.source, detail)
    return None


def _is_over(consent: ConsentFacts, way: Way, need: NeedRow, facts: Facts) -> _Failing | None:
    ends = consent.expires_at
    if ends is not None and facts.now >= ends and not way.from_end:
        return _failing(_Near.OVER, _over(consent), need.source, f"ended at {ends.isoformat()}")
    if way.months is None:
        return None
    begins = ends if way.from_end else consent.since
    if begins is None:  # a running contract; or a consent nobody dated, whose clock cannot be read
        if way.from_end:
            return None
        return _failing(_Near.OVER, way.over, need.source, f"counts for {way.months} months, and has no date")
    if has_run_out(begins, way.months, now=facts.now, zones=clocks_of(facts)):
        detail = f"counted for {way.months} months from {begins.isoformat()}"
        return _failing(_Near.OVER, way.over, need.source, detail)
    return None


def _lacking(consent: ConsentFacts, way: Way, need: NeedRow) -> _Failing | None:
    lacking = missing(consent.flags) if way.complete and consent.flags else ()
    if not lacking:
        return None
    told = "; ".join(next((text for element, text in ELEMENTS.items() if element == word), word) for word in lacking)
    return _failing(_Near.EVIDENCE, INCOMPLETE, need.source, f"the evidence does not show {told}")


def _over(consent: ConsentFacts) -> str:
    return IMPLIED_EXPIRED if consent.basis in _IMPLIED else EXPIRED


def _since(consent: ConsentFacts) -> str:
    return f" since {consent.since.isoformat()}" if consent.since else ""


def _failing(near: _Near, code: str, source: str, detail: str) -> _Failing:
    return _Failing(near, Objection(code, source, detail))
