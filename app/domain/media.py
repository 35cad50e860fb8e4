"""How heavy may a multimedia message be, and what leaves of it? By the kind of sender and the carrier (facts/compliance 6.2)."""

from collections.abc import Collection, Mapping

from app.domain.message import Channel
from app.domain.rich import PLAIN, Content, WhenTooLarge

# Sender kind -> carrier -> bytes, for media the carrier does not fit to the handset itself.
_LIMITS: Mapping[str, Mapping[str, int]] = {
    "long_code": {"att": 1_000_000, "tmobile": 1_500_000, "verizon": 1_000_000},
    "toll_free": {"att": 600_000, "tmobile": 600_000, "verizon": 600_000},
    "short_code": {"att": 600_000, "tmobile": 1_000_000, "verizon": 1_200_000},
}
SAFE = 600_000
"""Bytes that every carrier takes from every kind of sender."""


def mms_limit(kind: str, carrier: str = "") -> int:
    """Bytes a carrier ("att", "tmobile", "verizon") takes from a kind of sender; the least of them without a carrier."""
    limits = _LIMITS.get(kind, {})
    return limits.get(carrier) or min(limits.values(), default=SAFE)


def as_links(body: str, content: Content, limit: int) -> tuple[str, Content]:
    """(body, content) as they leave where carriers take `limit` bytes: media that are over it go as links, if they may.

    The text is then the subject, the body and each medium's address, on lines of their own, and nothing goes beside it. Media
    whose size nobody said weigh nothing here, as in the rule that refuses them.
    """
    weight = sum(medium.size or 0 for medium in content.media)
    if content.when_too_large is not WhenTooLarge.LINK or weight <= limit:
        return body, content
    lines = (content.subject, body, *(medium.url for medium in content.media))
    return "\n".join(dict.fromkeys(line for line in lines if line)), PLAIN


def leaves_as(channel: Channel, content: Content, *, offered: Collection[Channel] = tuple(Channel)) -> Channel:
    """The channel a message is handed over by: an MMS without media is a text, where texts are `offered`."""
    is_text = channel is Channel.MMS and not content.media and Channel.SMS in offered
    return Channel.SMS if is_text else channel
