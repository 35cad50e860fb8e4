"""What can a message come from? The kinds of sender, how each is addressed, what it can carry, and how fast it usually may go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import InvalidField
from app.domain.message import Channel

FASTEST = 100_000.0  # parts per second: above any carrier's, below what overflows a bucket


class SenderKind(StrEnum):
    """What kind of address a sender is."""

    LONG_CODE = "long_code"
    TOLL_FREE = "toll_free"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"
    MESSAGING_SERVICE = "messaging_service"
    RCS_AGENT = "rcs_agent"


@dataclass(frozen=True, slots=True)
class _Trait:
    """One row of the table: the address's form (and in words), its channels, and the default rate in parts per second."""

    address: re.Pattern[str]
    form: str
    channels: frozenset[Channel]
    rate: float


_TEXTS = frozenset({Channel.SMS, Channel.MMS})
_ALL = frozenset(Channel)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)

# Rates are the carriers' usual defaults (facts/providers, sections on sender rates); an account that may do more says so.
_TRAITS: Mapping[SenderKind, _Trait] = {
    SenderKind.LONG_CODE: _Trait(_E164, "a number in E.164", _ALL, 1.0),
    SenderKind.TOLL_FREE: _Trait(_E164, "a number in E.164", _ALL, 3.0),
    SenderKind.SHORT_CODE: _Trait(re.compile(r"[0-9]{3,8}", re.ASCII), "3 to 8 digits", _TEXTS, 100.0),
    SenderKind.ALPHANUMERIC: _Trait(
        re.compile(r"(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9 ]{3,11}", re.ASCII),
        "3 to 11 letters, digits and spaces with a letter among them",
        frozenset({Channel.SMS}),
        10.0,
    ),
    SenderKind.RCS_AGENT: _Trait(
        re.compile(r"[A-Za-z0-9_.:@-]{1,100}", re.ASCII), "the agent's id at the carrier", frozenset({Channel.RCS}), 10.0
    ),
    SenderKind.MESSAGING_SERVICE: _Trait(
        re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII), "the service's id at the carrier", _TEXTS | {Channel.RCS}, 1.0
    ),
}


def default_rate(kind: SenderKind) -> float:
    """Parts per second a sender of this kind may usually send."""
    return _TRAITS[kind].rate


def check_sender(kind: SenderKind, *, channel: Channel, address: str) -> None:
    """Raise InvalidField when an address does not have its kind's form, or the kind cannot carry the channel."""
    trait = _TRAITS[kind]
    if not trait.address.fullmatch(address) or address != address.strip():
        raise InvalidField(f"a {kind} address is {trait.form}", pointer="/body/address", code="bad_address")
    if channel not in trait.channels:
        raise InvalidField(f"a {kind} sender cannot carry {channel}", pointer="/body/channel", code="channel_not_offered")
