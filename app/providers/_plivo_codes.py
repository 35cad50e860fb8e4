"""What do Plivo's codes mean, and its prices? Codes of messages and of hang-ups, and words where it gives none."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.delivery import ErrorClass
from app.providers._wire import text_of

# Plivo's pages on message error codes and hang-up causes, classed by what we do about each. 70 is an end for good; 100 and 201
# are refusals of one road, which another sender may take; 450, 2030, 2040 and 2050 bar a country or numbers of one kind.
_CODES: dict[ErrorClass, tuple[str, ...]] = {
    ErrorClass.INVALID_NUMBER: ("50", "2000", "invalid_number"),
    ErrorClass.NOT_IN_SERVICE: ("70", "2010", "3050", "3120"),
    ErrorClass.OPTED_OUT: ("200",),
    ErrorClass.SPAM_FILTERED: ("30", "60", "3130"),
    ErrorClass.SENDER_CONFIG: ("40", "3030", "3140"),
    ErrorClass.CAPABILITY_MISSING: ("90", "100", "201", "450", "2030", "2040", "2050"),
    ErrorClass.DAILY_CAP: ("950",),
    ErrorClass.PROVIDER_TEMPORARY: ("20", "300", "3070", "3080", "3090", "5000", "5010", "5020"),
    ErrorClass.TEMPORARILY_UNREACHABLE: ("80", "3000", "3010", "3100", "6010", "busy", "no-answer", "timeout"),
    ErrorClass.ACCOUNT: ("900", "910", "1010"),
    ErrorClass.CONTENT_REJECTED: ("10", "110"),
    ErrorClass.THROTTLED: ("1020",),
    ErrorClass.EXPIRED: ("420",),
    ErrorClass.UNKNOWN: ("1000", "3020", "3040", "3110", "rejected"),
}
ERROR_CODES: Mapping[str, ErrorClass] = {code: error for error, codes in _CODES.items() for code in codes}


def money(value: Any) -> Decimal | None:
    """An amount in US dollars, as Plivo bills; None for what is none."""
    try:
        amount = Decimal(text_of(value) or "none")
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**6 else None
