"""What does an audience's rule come to? Read, and completed by the audiences and lists it names."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.audience.fields import RuleProblem
from app.domain.audience.parsing import parse_text
from app.domain.audience.reading import parse_frozen, parse_rule
from app.domain.audience.references import MOST_NESTED, audiences_in, expand, lists_in
from app.domain.audience.tokens import TextProblem
from app.domain.audience.tree import Node
from app.domain.errors import InvalidField
from app.storage.audience_lists import known_lists
from app.storage.audience_sql.writing import Asked
from app.storage.audiences import rules_of
from app.storage.database import Transaction
from app.storage.members import members_among

NEW = UUID(int=0)
"""Stands for an audience that is only being written."""


def read_rule(raw: Mapping[str, Any], *, at: str = "/body/rule") -> Node:
    """A rule from its JSON. Raises InvalidField pointing at the node at fault."""
    try:
        return parse_rule(raw)
    except RuleProblem as problem:
        raise bad_rule(problem, at=at) from problem


def read_text(text: str) -> Node:
    """A rule from its text. Raises InvalidField naming line and column."""
    try:
        return parse_text(text)
    except TextProblem as problem:
        raise InvalidField(problem.detail, pointer="/body/text", code="bad_rule") from problem


def bad_rule(problem: RuleProblem, *, at: str = "/body/rule") -> InvalidField:
    """The problem as the caller sees it; `at` is where the rule stands."""
    return InvalidField(problem.detail, pointer=f"{at}{problem.pointer}", code="bad_rule")


async def complete_rule(
    tx: Transaction, node: Node, *, workspace_id: UUID, audience_id: UUID = NEW, at: str = "/body/rule"
) -> Node:
    """The rule with the rules of the audiences it names, and of those they name. Raises InvalidField at the leaf at fault."""
    rules: dict[UUID, Node] = {}
    wanted = audiences_in(node)
    for _ in range(MOST_NESTED + 1):
        if not wanted:
            break
        found = await rules_of(tx, workspace_id=workspace_id, audience_ids=sorted(wanted))
        rules |= {one: parse_rule(raw) for one, raw in found.items()}
        wanted = {named for one in found for named in audiences_in(rules[one])} - rules.keys()
    try:
        complete = expand(node, rules, own=audience_id)
    except RuleProblem as problem:
        raise bad_rule(problem, at=at) from problem
    await _check_lists(tx, complete, workspace_id, at)
    return complete


async def members_now(
    tx: Transaction, raw: Mapping[str, Any], *, workspace_id: UUID, contact_ids: Sequence[UUID], now: datetime
) -> dict[UUID, str]:
    """Those of the contacts a kept rule holds for at this moment, each with its number."""
    node = await complete_rule(tx, parse_frozen(raw), workspace_id=workspace_id)
    return await members_among(tx, Asked(workspace_id=workspace_id, node=node, now=now), contact_ids=contact_ids)


async def _check_lists(tx: Transaction, node: Node, workspace_id: UUID, at: str) -> None:
    lists = lists_in(node)
    if not lists:
        return
    known = await known_lists(tx, workspace_id=workspace_id, list_ids=sorted(lists))
    for list_id, pointer in lists.items():
        if list_id not in known:
            raise bad_rule(RuleProblem(f"{pointer}/list", "no such list"), at=at)
