"""What is known of a sender, with what its carrier can do and takes?"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.facts import SenderFacts
from app.domain.message import Channel
from app.domain.registration import call_rate, rate_of, sender_facts
from app.ports import Provider
from app.storage.database import Row


def calls_of(kinds: Mapping[str, type[Provider]], account: Row, *, kind: str, channel: Channel) -> float | None:
    """How many calls a second the account may begin: as it was agreed, else as its kind says; None where nobody says."""
    if channel is not Channel.VOICE:
        return None
    agreed: float | None = account["calls_per_second"]
    if agreed is not None or kind not in kinds or channel not in kinds[kind].limits:
        return agreed
    return kinds[kind].limits[channel].calls_per_second


def rate_together(kinds: Mapping[str, type[Provider]], senders: Sequence[Row]) -> float:
    """What senders, read with their accounts, carry together in parts per second: those of one account share its calls."""
    accounts: dict[UUID, tuple[float, float | None]] = {}
    for sender in senders:
        rate, _ = accounts.get(sender["provider_id"], (0.0, None))
        calls = calls_of(kinds, sender, kind=sender["provider_kind"], channel=Channel(sender["channel"]))
        accounts[sender["provider_id"]] = rate + rate_of(sender["parts_per_second"], sender["registration"]), calls
    return sum(call_rate(rate, calls) for rate, calls in accounts.values())


def standing_of(kinds: Mapping[str, type[Provider]], sender: Row) -> SenderFacts:
    """A sender, read with its provider account, as rules see it; `kinds` are the providers that are installed."""
    kind = kinds.get(sender["provider_kind"])
    limits = kind.limits.get(Channel(sender["channel"])) if kind is not None else None
    return sender_facts(sender["kind"], sender["registration"], keyless=limits is not None and not limits.keys)
