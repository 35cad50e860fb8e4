"""What did they agree to, in the words that set rule rows aside? Standing consents as bases, flags and ages of purchases."""

from datetime import datetime

from app.domain.anniversary import months_after
from app.domain.facts import ConsentBasis, ConsentState, Facts

# A purchase counts for so many months in some states' laws: "purchase_12m" (PA, WA), "purchase_18m" (OR).
_PURCHASE_MONTHS = (12, 18)


def consent_words(facts: Facts) -> frozenset[str]:
    """The words of every consent that stands now and speaks for this brand and topic; see `app.domain.windows.Lift`."""
    words: set[str] = set()
    for consent in facts.consents:
        ended = consent.expires_at is not None and consent.expires_at <= facts.now
        if consent.state is not ConsentState.GIVEN or ended:
            continue
        if consent.brand not in {"", facts.brand} or consent.topic not in {"", facts.topic}:
            continue
        words.add(consent.basis.value)
        words.update(consent.flags)
        if consent.basis is ConsentBasis.IMPLIED_PURCHASE and consent.since is not None:
            words.update(_ages(consent.since, facts.now))
    return frozenset(words)


def _ages(since: datetime, now: datetime) -> list[str]:
    return [f"purchase_{months}m" for months in _PURCHASE_MONTHS if now < months_after(since, months)]
