"""Which countries can a sender reach? What kinds of sender a country's networks take, and what they want registered first."""

from collections.abc import Mapping

from app.domain.number import NumberProblem, number_facts
from app.domain.sender import SenderKind

NANP = frozenset("US CA PR VI GU AS MP".split())
"""Where a North American toll-free number can send texts: the United States with its territories, and Canada."""

# Names as senders: networks put a number of their own in their place or refuse them. AWS End User Messaging, "Sender IDs"
# (Canada, China, United States); Pushtech, "SMS Sender ID regulations" (Argentina). Read in November 2026; others may exist.
NO_NAMES = frozenset("US CA PR VI GU AS MP CN AR".split())

# Names that must be registered with the networks or the regulator first (the same lists; Singapore's SSIR, India's DLT
# portals): there a name counts as registered when its sender names the country.
_NAMES_REGISTERED = frozenset("AF AM AU BD BY CU ID IN SG".split())


def home_of(kind: str, address: str) -> str:
    """The region a sender's own number belongs to; "" for names, codes and ids."""
    if kind not in {SenderKind.LONG_CODE, SenderKind.TOLL_FREE}:
        return ""
    try:
        return number_facts(address).region
    except NumberProblem:
        return ""


def why_not(kind: str, *, home: str, countries: frozenset[str], problem: str, region: str) -> str:
    """Why a sender does not reach a country; "" when it does, as far as is known.

    `countries` are those it is said to serve, all that take its kind when there are none. `problem` is what its registration
    lacks (`SenderFacts.problem`), which matters where that registration is asked for. Codes: route.country,
    route.country_not_declared, route.name_not_taken, route.name_not_registered, route.unregistered_10dlc,
    route.unverified_toll_free.
    """
    if kind == SenderKind.ALPHANUMERIC and region in NO_NAMES:
        return "route.name_not_taken"
    if kind == SenderKind.ALPHANUMERIC and region in _NAMES_REGISTERED and region not in countries:
        return "route.name_not_registered"
    if countries and region not in countries:
        return "route.country"
    if kind == SenderKind.SHORT_CODE and not countries:
        return "route.country_not_declared"
    if kind == SenderKind.TOLL_FREE and home in NANP and region not in NANP:
        return "route.country"
    return f"route.{problem}" if problem and region in NANP else ""


NEEDS_COUNTRIES: Mapping[str, str] = {SenderKind.SHORT_CODE: "a short code works in the countries it was leased in: name them"}
"""Kinds that reach nobody until somebody says where they work, with the sentence that asks for it."""
