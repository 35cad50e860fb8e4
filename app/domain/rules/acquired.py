"""Was the number bought or gathered? Then nothing marketing goes without the person's own word, law or no law."""

from collections.abc import Sequence

from app.domain.consent_check import examine
from app.domain.decision import Objection, Rule
from app.domain.facts import Facts
from app.domain.message import Purpose
from app.domain.proof import EXPRESS
from app.domain.provenance import ACQUIRED_SOURCE

UNPROVED = "consent.acquired_without_proof"


def _judge(facts: Facts) -> Sequence[Objection]:
    if not facts.acquired or facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    consent = examine(facts).consent
    if consent is not None and consent.basis in EXPRESS:
        return ()
    detail = f"the number came from a {facts.acquired} source, and no consent of the person's own is on record"
    return (Objection(UNPROVED, ACQUIRED_SOURCE, detail),)


RULES = (Rule("consent.own_proof", ACQUIRED_SOURCE, _judge, (UNPROVED,)),)
