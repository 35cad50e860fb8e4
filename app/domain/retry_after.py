"""How long does the provider ask us to wait? Reads Retry-After, in seconds or as a date (RFC 9110 section 10.2.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3600.0


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait, between 0 and an hour; None when nothing readable is asked.

    A date is read against `now`, or else against the answer's own Date header, so that the provider's clock is compared with
    itself. An absurd wait is cut to an hour: it would otherwise outlive the message without a word.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(LONGEST_WAIT, float(asked[:9]))
    until, since = _instant(asked), now or _instant(headers.get("date"))
    if until is None or since is None:
        return None
    return min(LONGEST_WAIT, max(0.0, (until - since).total_seconds()))
