"""On whose network is a number? What carriers tell of it with their receipts, and which of their words mean T-Mobile US."""

_LONGEST = 60

# MCC and MNC of T-Mobile US with what it has taken over (Sprint, MetroPCS), as ITU-T E.212 lists them in 2026. Likely complete;
# one that is missing makes a number wait for a full day that is not its network's business, and nothing worse.
_TMOBILE_US = frozenset(
    {f"310{mnc}" for mnc in ("120", "160", "200", "210", "220", "230", "240", "250", "260", "270", "310", "490", "660", "800")}
    | {"311490", "311660", "311870", "311880", "312190", "312250", "312530", "316010"}
)
_ITS_NAMES = ("T-MOBILE US", "TMOBILE US", "METROPCS", "METRO BY T-MOBILE", "SPRINT")


def read_network(told: str | None) -> str | None:
    """A network as it is kept: MCC and MNC as digits, or a name in capitals; None where nothing was told."""
    text = " ".join((told or "").upper().split())[:_LONGEST]
    if not text or not text.isprintable():
        return None
    digits = text.replace("-", "").replace(" ", "")
    if digits.isascii() and digits.isdigit():
        return digits if 5 <= len(digits) <= 6 else None
    return text


def is_tmobile_us(network: str) -> bool:
    """Whether a network's cap a day is T-Mobile's."""
    return network in _TMOBILE_US or network.startswith(_ITS_NAMES)
