"""Can an audience be counted while somebody waits? The planner is asked first, and a rule that would take too long is refused."""

from dataclasses import replace

from app.domain.audience.kinds.behaviour import Event, Sequence_
from app.domain.audience.kinds.engagement import Engagement
from app.domain.audience.tree import Leaf, Not, leaves_of
from app.domain.errors import InvalidField
from app.storage.audience_sql.writing import Asked
from app.storage.database import Transaction
from app.storage.members import cost_of

_IN_TIME = "look less far back (`last_days`), or put it in an `all` beside what few contacts are: a tag, an attribute, a list"
_BESIDE = "put it in an `all` beside what few contacts are: a tag, an attribute, a list"


async def check_cost(tx: Transaction, asked: Asked, *, limit: float) -> None:
    """Raise InvalidField with a hint, pointing at the most costly node, when counting would cost more than the limit.

    Costs are the planner's, a unit about ten microseconds. Nothing of the rule is run.
    """
    cost = await cost_of(tx, asked)
    if cost <= limit:
        return
    leaves = leaves_of(asked.node)
    # Of everybody it does not hold for, so that each is asked about everybody and only what it reads makes the difference.
    costs = [await cost_of(tx, replace(asked, node=Not(leaf))) for _, leaf in leaves]
    pointer, leaf = leaves[costs.index(max(costs))] if leaves else ("", None)
    raise InvalidField(
        f"too costly to count, {cost / limit:.1f} times what may be read at once, most of it for {pointer or 'the rule'}: "
        f"{_hint(leaf)}",
        pointer=f"/body/rule{pointer}",
        code="too_costly",
    )


def _hint(leaf: Leaf | None) -> str:
    return _IN_TIME if isinstance(leaf, Event | Sequence_ | Engagement) else _BESIDE
