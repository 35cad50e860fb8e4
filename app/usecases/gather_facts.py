"""What does a rule get to see? Rows become frozen Facts, and equal Facts are decided once, however many share them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.domain.decision import Decision, Rule, decide
from app.domain.facts import (
    NO_CONSENT,
    Cap,
    ConsentFacts,
    ConsentState,
    Facts,
    NumberFacts,
    NumberKind,
    SuppressionFact,
)
from app.domain.message import Channel, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one batch of decisions shares: the message's side of the facts."""

    channel: Channel
    purpose: Purpose
    caps: tuple[Cap, ...] = ()
    own_hours: tuple[int, int] | None = None
    not_after: datetime | None = None
    reply_to: str | None = None

    @property
    def longest_window(self) -> timedelta | None:
        """How far back sends must be read, or None when no cap looks back."""
        return max((cap.window for cap in self.caps), default=None)


def caps_of(rows: Iterable[Mapping[str, Any]], *, scope: str) -> tuple[Cap, ...]:
    """Stored caps `[{"limit", "window_seconds"}]` as values."""
    return tuple(Cap(int(row["limit"]), timedelta(seconds=float(row["window_seconds"])), scope) for row in rows)


def own_hours_of(policy: Mapping[str, Any]) -> tuple[int, int] | None:
    """A workspace's own daily hours in minutes, from its stored policy."""
    hours = policy.get("own_hours")
    if not hours:
        return None
    opens, closes = (
        sum(int(part) * unit for part, unit in zip(hours[key].split(":"), (60, 1), strict=True)) for key in ("opens", "closes")
    )
    return opens, closes


def _suppressions(rows: Sequence[Sequence[str]] | None) -> tuple[SuppressionFact, ...]:
    if not rows:
        return ()
    return tuple(
        SuppressionFact(reason, scope, Channel(channel) if channel else None, datetime.fromisoformat(since))
        for reason, scope, channel, since in rows
    )


def facts_of(row: Mapping[str, Any], terms: Terms, *, now: datetime) -> Facts:
    """One row of number facts, consent, suppressions and sends, as a rule sees it.

    `row` has phone, region, kind, zones, time_zone, consent_state, consent_since, consent_expires_at, suppressions
    (arrays of reason, scope, channel, since), sends and campaign_sends (ascending instants, or null).
    """
    state = row["consent_state"]
    return Facts(
        now=now,
        number=NumberFacts(row["phone"], row["region"], NumberKind(row["kind"]), tuple(row["zones"])),
        channel=terms.channel,
        purpose=terms.purpose,
        consent=ConsentFacts(ConsentState(state), row["consent_since"], row["consent_expires_at"]) if state else NO_CONSENT,
        suppressions=_suppressions(row["suppressions"]),
        sends=tuple(row["sends"] or ()),
        campaign_sends=tuple(row["campaign_sends"] or ()),
        caps=terms.caps,
        not_after=terms.not_after,
        declared_zones=(row["time_zone"],) if row["time_zone"] else (),
        reply_to=terms.reply_to,
        own_hours=terms.own_hours,
    )


class Decider:
    """Decides rows under the same terms at one instant, once for each distinct set of facts.

    A campaign's audience has a million members and a few hundred kinds of them: same region, zones, line type and consent.
    """

    def __init__(self, rules: Sequence[Rule], terms: Terms, *, now: datetime) -> None:
        self._rules = tuple(rules)
        self._terms = terms
        self._now = now
        self._known: dict[tuple[object, ...], Decision] = {}

    def decide(self, row: Mapping[str, Any]) -> Decision:
        """The decision for one row; rows with recent sends or suppressions are always decided afresh."""
        if row["sends"] or row["suppressions"]:
            return decide(facts_of(row, self._terms, now=self._now), self._rules)
        key = (
            row["region"],
            row["kind"],
            *row["zones"],
            row["time_zone"],
            row["consent_state"],
            row["consent_expires_at"],
            row["phone"] if row["kind"] == NumberKind.PERSONAL_NUMBER else "",  # carriers' test numbers are judged one by one,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = decide(facts_of(row, self._terms, now=self._now), self._rules)
        return found


def decision_json(decision: Decision, *, at: datetime) -> str:
    """A decision as it is kept beside a message."""
    return orjson.dumps(
        {
            "verdict": decision.verdict,
            "at": at,
            "until": decision.until,
            "reasons": [
                {"rule": reason.rule, "source": reason.source, "detail": reason.detail, "until": reason.until}
                for reason in decision.reasons
            ],
        }
    ).decode()
