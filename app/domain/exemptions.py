"""Does this consent lift a do-not-call listing? By its basis, its scope, and the months a purchase or an inquiry counts for."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, tzinfo

from app.domain.facts import ConsentBasis, ConsentFacts, ConsentState, Facts
from app.domain.registries import Registry, months_before
from app.domain.zones import UnknownZone, load_zone

_IMPLIED = frozenset({ConsentBasis.IMPLIED_PURCHASE, ConsentBasis.IMPLIED_INQUIRY, ConsentBasis.IMPLIED_NON_BUSINESS})
_ENDS_RELATIONSHIP = frozenset({"opt_out", "objection", "complaint", "dnc"})  # 47 CFR 64.1200(f)(5)(i): a DNC request
_NOT_SIGNED = frozenset({"lacks:signature", "lacks:agreement", "lacks:phone"})  # 47 CFR 64.1200(c)(2)(ii)


def exempts(row: Registry, consent: ConsentFacts, facts: Facts) -> bool:
    """Whether this consent lifts a listing: of a basis that does, standing, for this brand and topic, and within its months."""
    if consent.state is not ConsentState.GIVEN or consent.basis not in row.exempt:
        return False
    if consent.expires_at is not None and facts.now >= consent.expires_at:
        return False
    if consent.brand not in {"", facts.brand} or consent.topic not in {"", facts.topic} or consent.flags & _NOT_SIGNED:
        return False
    if consent.basis in _IMPLIED and _ended(consent, facts):
        return False
    months = row.exempt[consent.basis]
    return months is None or _within(consent, months, facts)


def _ended(consent: ConsentFacts, facts: Facts) -> bool:
    """Whether a request to be left alone came after the purchase or inquiry."""
    noes = [no.since for no in facts.suppressions if no.reason in _ENDS_RELATIONSHIP]
    return any(consent.since is None or since >= consent.since for since in noes)


def _within(consent: ConsentFacts, months: int, facts: Facts) -> bool:
    """Whether it fell into the months "immediately preceding the date of the call", by every calendar it may be in."""
    since = consent.since
    if since is None:
        return False
    return all(
        since.astimezone(zone).date() >= months_before(facts.now.astimezone(zone).date(), months) for zone in _zones(facts)
    )


def _zones(facts: Facts) -> Iterator[tzinfo]:
    if not facts.number.zones:
        yield UTC
    for name in facts.number.zones:
        with suppress(UnknownZone):  # the rule on hours objects to it
            yield load_zone(name)


def newest_proof(facts: Facts) -> datetime | None:
    """The newest sign that the number is this person's: what was proved, or a consent they gave."""
    instants = [consent.since for consent in facts.consents if consent.state is ConsentState.GIVEN and consent.since]
    if facts.proved_at is not None:
        instants.append(facts.proved_at)
    return max(instants, default=None)
