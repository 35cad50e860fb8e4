"""How is the database asked what was sent to a number, and what came of it?"""

from collections.abc import Callable

from app.domain.audience.comparing import Op
from app.domain.audience.fields import in_range
from app.domain.audience.kinds.behaviour import ONCE
from app.domain.audience.kinds.engagement import STATES, Engagement
from app.domain.audience.tree import Leaf
from app.storage.audience_sql.comparisons import in_bounds
from app.storage.audience_sql.leaves.behaviour import grouped
from app.storage.audience_sql.writing import Writer, Writing


def _messages(leaf: Engagement, writing: Writing) -> str:
    source = f"message m WHERE m.workspace_id = {writing.workspace} AND m.origin <> 'test'"
    source += f" AND {writing.in_last('m.handed_over_at', leaf.last_days)}"
    states = STATES[leaf.engagement]
    if states is not None:
        source += f" AND m.state = ANY({writing.bind([int(state) for state in states], 'smallint[]')})"
    if leaf.channel is not None:
        source += f" AND m.channel = {writing.bind(leaf.channel, 'text')}"
    if leaf.campaign is not None:
        source += f" AND m.campaign_id = {writing.bind(leaf.campaign, 'uuid')}"
    return source


def _replies(leaf: Engagement, writing: Writing) -> str:
    source = f"inbound m WHERE m.workspace_id = {writing.workspace} AND {writing.in_last('m.received_at', leaf.last_days)}"
    if leaf.channel is not None:
        source += f" AND m.channel = {writing.bind(leaf.channel, 'text')}"
    if leaf.campaign is not None:
        source += (
            " AND m.message_id IN (SELECT o.id FROM message o "  # noqa: S608
            f"WHERE o.workspace_id = {writing.workspace} AND o.campaign_id = {writing.bind(leaf.campaign, 'uuid')})"
        )
    return source


def _clicks(leaf: Engagement, writing: Writing) -> str:
    """Of a message to the number, by a person as far as can be told; a click tells neither number nor channel by itself."""
    source = "message m JOIN click k ON k.workspace_id = m.workspace_id AND k.message_id = m.id AND k.human "
    source += f"WHERE m.workspace_id = {writing.workspace} AND m.origin <> 'test'"
    source += f" AND {writing.in_last('k.clicked_at', leaf.last_days)}"
    if leaf.channel is not None:
        source += f" AND m.channel = {writing.bind(leaf.channel, 'text')}"
    if leaf.campaign is not None:
        source += f" AND m.campaign_id = {writing.bind(leaf.campaign, 'uuid')}"
    return source


_OTHERS: dict[str, Callable[[Engagement, Writing], str]] = {"replied": _replies, "clicked": _clicks}


def _engagement(leaf: Engagement, writing: Writing) -> str:
    source = (_messages if leaf.engagement in STATES else _OTHERS[leaf.engagement])(leaf, writing)
    if leaf.count in {None, ((Op.GTE, 1),)}:
        return f"EXISTS (SELECT FROM {source} AND m.phone = c.phone)"
    bounds = leaf.count or ONCE
    return grouped(
        writing,
        source=source,
        key="m.phone",
        own="c.phone",
        holds=in_bounds(writing, "count(*)", bounds, kind="bigint"),
        holds_of_none=in_range(0, bounds),
    )


WRITERS: dict[type[Leaf], Writer] = {Engagement: _engagement}
