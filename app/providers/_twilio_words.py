"""Which of our words stand for Twilio's? Error codes, states of messages and calls, who answered, and how it writes instants."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime

from app.domain.delivery import AnsweredBy, ErrorClass
from app.domain.message import State

# Twilio's error pages and the Messages and Calls resources, classed by what we do about each.
_CODES: dict[ErrorClass, tuple[str, ...]] = {
    ErrorClass.THROTTLED: ("10004", "20429", "30022", "63018"),
    ErrorClass.QUEUE_FULL: ("21611", "30001"),
    ErrorClass.DAILY_CAP: ("30023", "30027", "63038"),
    ErrorClass.PROVIDER_TEMPORARY: ("30410",),
    ErrorClass.ACCOUNT: ("10001", "20003", "20404", "30002"),
    ErrorClass.SENDER_CONFIG: (
        "21210", "21212", "21601", "21603", "21606", "21659", "21660", "21705", "30032", "30034", "30042", "63007", "63008",
    ),
    ErrorClass.INVALID_REQUEST: ("21604", "21609", "21624", "30010"),
    ErrorClass.CONTENT_REJECTED: ("11751", "21602", "21605", "21617", "21620", "21623", "30019", "63019", "63021"),
    ErrorClass.INVALID_NUMBER: ("21211", "21217", "63024"),
    # 13224: no such number, or one none of Twilio's carriers reaches now: the second time tells.
    ErrorClass.NOT_IN_SERVICE: ("13224", "30005"),
    ErrorClass.LANDLINE: ("21614", "21635", "30006"),
    ErrorClass.OPTED_OUT: ("21610", "63014", "63033"),
    ErrorClass.BLOCKED: ("13225", "21216", "30004"),
    ErrorClass.SPAM_FILTERED: ("14107", "30007", "63013"),
    # 21612, 21657, 30024: this sender cannot reach this number, or its country or carrier; another may, so neither is at fault.
    # 13227, 21215, 21408, 21608: the account is not open for it, which must not hold the sender for everybody else. 30011: no MMS
    # there. 63003: the number is not on the channel.
    ErrorClass.CAPABILITY_MISSING: (
        "13227", "21215", "21408", "21608", "21612", "21657", "30011", "30024", "63003", "63035", "63036",
    ),
    ErrorClass.TEMPORARILY_UNREACHABLE: ("30003", "30008", "30017"),
    ErrorClass.EXPIRED: ("30036",),
}  # fmt: skip
ERROR_CODES: Mapping[str, ErrorClass] = {code: error for error, codes in _CODES.items() for code in codes}

# "queued" and "sending" are Twilio's own queue: to us the message is handed over.
MESSAGE_STATES: Mapping[str, State] = {
    "accepted": State.SUBMITTED,
    "scheduled": State.SUBMITTED,
    "queued": State.SUBMITTED,
    "sending": State.SUBMITTED,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "partially_delivered": State.DELIVERED,
    "read": State.READ,
    "undelivered": State.UNDELIVERED,
    "failed": State.FAILED,
    "canceled": State.CANCELLED,
}
CALL_STATES: Mapping[str, State] = {
    "queued": State.SUBMITTED,
    "initiated": State.SUBMITTED,
    "ringing": State.SENT,
    "in-progress": State.SENT,
    "completed": State.DELIVERED,
    "busy": State.UNDELIVERED,
    "no-answer": State.UNDELIVERED,
    "failed": State.FAILED,
    "canceled": State.CANCELLED,
}
_NOT_REACHED = frozenset({"busy", "no-answer"})
GONE_WRONG = frozenset({"undelivered", "failed"})


_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")


def is_service(sender: str) -> bool:
    """Whether a sender is a Messaging Service, by the form of its id: a shop's name may begin like one."""
    return _SERVICE.fullmatch(sender) is not None


def call_error(word: str, code: str) -> ErrorClass | None:
    """Why a call came to nothing; None for one that did not."""
    if word in _NOT_REACHED:
        return ErrorClass.TEMPORARILY_UNREACHABLE
    return ERROR_CODES.get(code, ErrorClass.UNKNOWN) if word == "failed" else None


def answered_by(word: str) -> AnsweredBy | None:
    """Who took a call (page "Answering machine detection"); None where nothing is said."""
    if word.startswith("machine"):
        return AnsweredBy.MACHINE
    known = {"human": AnsweredBy.HUMAN, "fax": AnsweredBy.FAX}
    return known.get(word, AnsweredBy.UNKNOWN) if word else None


def rfc2822(text: str) -> datetime | None:
    """An instant as Twilio writes it ("Thu, 01 Jan 2026 12:00:00 +0000"), in UTC; None for anything else, or without its zone."""
    try:
        found = parsedate_to_datetime(text)
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def whole(text: str) -> int | None:
    """A whole number of at most nine digits; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def cost(text: str) -> Decimal | None:
    """What was paid: Twilio writes it as a negative number. None for anything else."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return abs(found) if found.is_finite() else None
