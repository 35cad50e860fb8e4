"""May one of several people on a number be written to? Their own yes is needed, and nobody there may have said no."""

from collections.abc import Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import ConsentState, Facts
from app.domain.message import Purpose

_CODE = "consent.household"
_REFUSED = "consent.household_refused"
_UNNAMED = "consent.household_unnamed"
_SOURCE = "GDPR art. 4(11) and 7(1): consent is the person's own; policy: who shares a number hears what the others refused"


def _judge(facts: Facts) -> Sequence[Objection]:
    household = facts.household
    if household is None or facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    found: list[Objection] = []
    if household.refused:
        others = len(household.refused)
        found.append(Objection(_REFUSED, _SOURCE, f"{others} of the people who share the number said no"))
    agreed = any(consent.state is ConsentState.GIVEN for consent in facts.consents)
    if household.agreed and not agreed:
        detail = "several people share the number, and no yes names the one it is for"
        found.append(Objection(_UNNAMED, _SOURCE, detail))
    return found


RULES = (Rule(_CODE, _SOURCE, _judge, (_REFUSED, _UNNAMED)),)
