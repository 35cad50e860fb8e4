"""How heavy may a multimedia message be? By the kind of sender and the carrier (facts/compliance 6.2)."""

from collections.abc import Mapping

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
