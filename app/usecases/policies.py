"""What does a workspace want, beyond what the law wants? Its stored choices as the values decisions are made with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.domain.facts import STRICT, Cap, Market
from app.domain.own_rows import bans_of, rows_of, windows_of
from app.storage.database import Transaction
from app.storage.policies import read_policy_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A workspace's choices. `own_hours` are minutes of the local day, half open; `stored` is the policy as it is kept.

    `adds_wording` says whether a text that lacks what it must hold gets it, rather than being refused. `scope_question` lets the
    confirmation of a STOP ask what to stop; `double_opt_in` is how long a request for consent waits for its answer.
    """

    name: str = ""
    caps: tuple[Cap, ...] = ()
    own_hours: tuple[int, int] | None = None
    market: Market = STRICT
    adds_wording: bool = True
    scope_question: bool = False
    double_opt_in: timedelta = timedelta(hours=72)
    stored: Mapping[str, Any] = field(default_factory=dict)


def caps_of(rows: Iterable[Mapping[str, Any]], *, scope: str) -> tuple[Cap, ...]:
    """Stored caps `[{"limit", "window_seconds", "zone"?}]` as values."""
    return tuple(Cap(int(row["limit"]), timedelta(seconds=float(row["window_seconds"])), scope, row.get("zone")) for row in rows)


def _own_hours(policy: Mapping[str, Any]) -> tuple[int, int] | None:
    hours = policy.get("own_hours")
    if not hours:
        return None
    opens, closes = (
        sum(int(part) * unit for part, unit in zip(hours[key].split(":"), (60, 1), strict=True)) for key in ("opens", "closes")
    )
    return opens, closes


def _market(policy: Mapping[str, Any], rule_rows: Sequence[Mapping[str, Any]], registries: Mapping[str, str]) -> Market:
    """One value for the same choices: what is decided once a kind is looked up by it."""
    return _made(orjson.dumps([policy, rule_rows, registries]))


@lru_cache(maxsize=1024)
def _made(choices: bytes) -> Market:
    policy, rule_rows, registries = orjson.loads(choices)
    own = rows_of(rule_rows)
    only = policy.get("only_markets")
    recheck = policy.get("recheck_reassigned_days")
    return Market(
        profile=policy.get("profile", "strict"),
        enabled=frozenset(policy.get("markets") or ()),
        only=None if only is None else frozenset(only),
        registries=tuple(sorted((name, datetime.fromisoformat(as_of)) for name, as_of in registries.items())),
        recheck_reassigned=None if recheck is None else timedelta(days=recheck),
        bans=bans_of(own),
        rows=windows_of(own),
        block_fictional=bool(policy.get("block_fictional_numbers", False)),
        require_advised=bool(policy.get("require_advised_wording", False)),
        plain_letters=policy.get("letters") == "plain",
    )


async def read_policy(tx: Transaction, *, workspace_id: UUID, now: datetime) -> Policy:
    """The workspace's policy; an empty one for a workspace that is gone."""
    row = await read_policy_row(tx, workspace_id=workspace_id, now=now)
    if row is None:
        return Policy()
    stored = row["policy"]
    return Policy(
        name=row["name"],
        caps=caps_of(stored.get("caps") or (), scope="workspace"),
        own_hours=_own_hours(stored),
        adds_wording=stored.get("wording", "add") == "add",
        market=_market(stored, row["rule_rows"] or (), row["registries"] or {}),
        scope_question=bool(stored.get("scope_question", False)),
        double_opt_in=timedelta(hours=stored.get("double_opt_in_hours", 72)),
        stored=stored,
    )
