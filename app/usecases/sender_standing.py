"""What is known of a sender, with what its carrier can do?"""

from collections.abc import Mapping

from app.domain.facts import SenderFacts
from app.domain.message import Channel
from app.domain.registration import sender_facts
from app.ports import Provider
from app.storage.database import Row


def standing_of(kinds: Mapping[str, type[Provider]], sender: Row) -> SenderFacts:
    """A sender, read with its provider account, as rules see it; `kinds` are the providers that are installed."""
    kind = kinds.get(sender["provider_kind"])
    limits = kind.limits.get(Channel(sender["channel"])) if kind is not None else None
    return sender_facts(sender["kind"], sender["registration"], keyless=limits is not None and not limits.keys)
