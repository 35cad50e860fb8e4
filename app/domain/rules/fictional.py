"""Is this a number of books and films? Nobody has it; whether it is refused is the workspace's choice, for it serves in tests."""

from collections.abc import Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts

_CODE = "number.fictional"
_SOURCE = "numbers set aside for fiction by NANPA, Ofcom, ACMA and ARCEP"


def _judge(facts: Facts) -> Sequence[Objection]:
    if not facts.number.fictional or not facts.market.block_fictional:
        return ()
    return (Objection(_CODE, _SOURCE, "kept free for fiction, which no phone has"),)


RULES = (Rule(_CODE, _SOURCE, _judge),)
