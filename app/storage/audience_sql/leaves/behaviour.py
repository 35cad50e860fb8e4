"""How is the database asked what a contact did? By one probe a contact, or by reading everybody's once: whichever is cheaper."""

from datetime import timedelta

from app.domain.audience.comparing import Op
from app.domain.audience.fields import Range
from app.domain.audience.kinds.behaviour import Event, Sequence_, event_holds, exact
from app.domain.audience.tree import Leaf
from app.storage.audience_sql.comparisons import compared, in_bounds
from app.storage.audience_sql.writing import Writer, Writing

_OTHER_WAY = {Op.EQ: "=", Op.LT: ">", Op.LTE: ">=", Op.GT: "<", Op.GTE: "<="}


def grouped(writing: Writing, *, source: str, key: str, own: str, holds: str, holds_of_none: bool) -> str:
    """True where the aggregate `holds` of a contact's rows of `source`; `key` is their column for the contact's `own`.

    `holds_of_none` is what it is for those without a row, whom a group does not show.
    """
    if writing.probing:
        return f"(SELECT {holds} FROM {source} AND {key} = {own})"  # noqa: S608
    if holds_of_none:
        return f"({own} NOT IN (SELECT {key} FROM {source} GROUP BY 1 HAVING NOT ({holds})))"  # noqa: S608
    return f"({own} IN (SELECT {key} FROM {source} GROUP BY 1 HAVING {holds}))"  # noqa: S608


def _source(leaf: Event, writing: Writing) -> str:
    source = (
        f"event e WHERE e.workspace_id = {writing.workspace} AND e.name = {writing.bind(leaf.event, 'text')} "
        f"AND {writing.in_last('e.occurred_at', leaf.last_days)}"
    )
    if leaf.amount is not None:
        source += f" AND {in_bounds(writing, 'e.amount', leaf.amount, kind='numeric', convert=exact)}"
    for name, op, value in leaf.where:
        source += f" AND {compared(writing, 'e.properties', name, op, value)}"
    return source


def _ago(writing: Writing, bounds: Range) -> str:
    """More days ago is an earlier instant."""
    tests = (f"max(e.occurred_at) {_OTHER_WAY[op]} {writing.instant(days)}" for op, days in bounds)
    return f"coalesce({' AND '.join(tests)}, false)"


def _event(leaf: Event, writing: Writing) -> str:
    source = _source(leaf, writing)
    if leaf.count in {None, ((Op.GTE, 1),)} and leaf.total is None and leaf.ago_days is None:
        return f"EXISTS (SELECT FROM {source} AND e.contact_id = c.id)"
    tests = []
    if leaf.count is not None:
        tests.append(in_bounds(writing, "count(*)", leaf.count, kind="bigint"))
    if leaf.total is not None:
        paid = f"coalesce(sum(e.amount) FILTER (WHERE e.currency = {writing.bind(leaf.currency, 'text')}), 0)"
        tests.append(in_bounds(writing, paid, leaf.total, kind="numeric", convert=exact))
    if leaf.ago_days is not None:
        tests.append(_ago(writing, leaf.ago_days))
    return grouped(
        writing,
        source=source,
        key="e.contact_id",
        own="c.id",
        holds=" AND ".join(tests),
        holds_of_none=event_holds(leaf, (), writing.now),
    )


def _sequence(leaf: Sequence_, writing: Writing) -> str:
    workspace, span = writing.workspace, writing.bind(timedelta(days=leaf.within_days), "interval")
    tables, conditions = [], []
    for step, name in enumerate(leaf.sequence, start=1):
        tables.append(f"event s{step}")
        conditions.append(f"s{step}.workspace_id = {workspace} AND s{step}.name = {writing.bind(name, 'text')}")
        if step == 1:
            conditions.append(f"s1.contact_id = c.id AND {writing.in_last('s1.occurred_at', leaf.last_days)}")
        else:
            conditions.append(
                f"s{step}.contact_id = s1.contact_id AND s{step}.occurred_at > s{step - 1}.occurred_at "
                f"AND s{step}.occurred_at <= s1.occurred_at + {span} AND s{step}.occurred_at <= {writing.instant()}"
            )
    if leaf.without is not None:
        conditions.append(
            f"s1.occurred_at + {span} <= {writing.instant()} AND NOT EXISTS (SELECT FROM event x "
            f"WHERE x.workspace_id = {workspace} AND x.name = {writing.bind(leaf.without, 'text')} "
            f"AND x.contact_id = s1.contact_id AND x.occurred_at > s{len(leaf.sequence)}.occurred_at "
            f"AND x.occurred_at <= s1.occurred_at + {span})"
        )
    return f"EXISTS (SELECT FROM {', '.join(tables)} WHERE {' AND '.join(conditions)})"


WRITERS: dict[type[Leaf], Writer] = {Event: _event, Sequence_: _sequence}
