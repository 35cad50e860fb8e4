"""What do Sinch's words and numbers mean? Statuses and codes of SMS, reasons of the Conversation API, results of calls."""

from collections.abc import Mapping

from app.domain.delivery import ErrorClass
from app.domain.message import State

# Numbers are SMS delivery codes (three digits) or Voice errors (five), words are reasons of the Conversation API, of calls, or
# of refused requests. The three do not overlap.
CODES: Mapping[ErrorClass, tuple[str, ...]] = {
    ErrorClass.THROTTLED: ("RATE_LIMITED", "RESOURCE_EXHAUSTED", "42900", "42901"),
    ErrorClass.DAILY_CAP: ("64",),
    ErrorClass.PROVIDER_TEMPORARY: ("403", "INTERNAL_ERROR", "CHANNEL_FAILURE", "CONGESTION", "CLIENTNETWORK"),
    # 413 is said of the account, blocked or out of credit, and not of the recipient.
    ErrorClass.ACCOUNT: (
        *("UNAUTHENTICATED", "PERMISSION_DENIED", "NOCREDITPARTNER", "40100", "40101", "40102", "40103", "40104", "40105"),
        *("40107", "40108", "40200", "40301", "40302", "40303", "413"),
    ),
    ErrorClass.SENDER_CONFIG: (
        *("60", "410", "412", "CHANNEL_BAD_CONFIGURATION", "CHANNEL_CONFIGURATION_MISSING", "UNKNOWN_APP", "NO_PERMISSION"),
        *("FAILED_PRECONDITION", "INACTIVE_CREDENTIAL"),
    ),
    ErrorClass.INVALID_REQUEST: (
        *("syntax_invalid_json", "syntax_invalid_parameter_format", "syntax_constraint_violation", "INVALID_ARGUMENT"),
        *("BAD_REQUEST", "UNSUPPORTED_OPERATION", "CONTACT_NOT_FOUND", "CALLBACKERROR", "INVALIDSVAMLACTION"),
        *("40001", "40002", "40003", "40004", "40005"),
    ),
    ErrorClass.CONTENT_REJECTED: (
        *(
            "405",
            "411",
            "414",
            "418",
            "MESSAGE_SPLIT_REQUIRED",
            "MEDIA_TYPE_UNSUPPORTED",
            "MEDIA_TOO_LARGE",
            "MEDIA_NOT_REACHABLE",
            "TEMPLATE_NOT_FOUND",
        ),
        *("TEMPLATE_INSUFFICIENT_PARAMETERS", "TEMPLATE_NON_EXISTING_LANGUAGE_OR_VERSION"),
    ),
    ErrorClass.INVALID_NUMBER: ("150", "300", "RECIPIENT_INVALID_CHANNEL_IDENTITY", "USERNOTFOUND"),
    # What an operator deleted was no number or somebody who wants no more: the stronger of the two is heeded.
    ErrorClass.OPTED_OUT: ("deleted", "RECIPIENT_NOT_OPTED_IN"),
    ErrorClass.BLOCKED: ("61", "BLOCKED"),
    ErrorClass.SPAM_FILTERED: ("15", "62", "CHANNEL_REJECT", "DELIVERY_REJECTED_DUE_TO_POLICY"),
    # 402 has several causes, of which a landline is one; 152 has no texts and 416 no pictures; 40300 is a destination that the
    # account may not call.
    ErrorClass.CAPABILITY_MISSING: (
        *("152", "402", "416", "40300", "RECIPIENT_NOT_REACHABLE", "NO_CHANNELS_LEFT", "NO_CHANNEL_IDENTITY_FOR_CONTACT"),
        "OUTSIDE_ALLOWED_SENDING_WINDOW",
    ),
    ErrorClass.TEMPORARILY_UNREACHABLE: ("153", "158", "159", "201", "202", "203", "404", "417", "BUSY", "NOANSWER"),
    ErrorClass.EXPIRED: ("406", "expired", "DELIVERY_TIMED_OUT", "MESSAGE_EXPIRED"),
}
ERROR_CODES: Mapping[str, ErrorClass] = {code: error for error, codes in CODES.items() for code in codes}

# By SMS and MMS, in lower case: the wire has both.
STATUSES: Mapping[str, State] = {
    "queued": State.SUBMITTED,
    "dispatched": State.SENT,
    "delivered": State.DELIVERED,
    "failed": State.UNDELIVERED,
    "expired": State.EXPIRED,
    "aborted": State.FAILED,
    "rejected": State.FAILED,
    "deleted": State.FAILED,
    "cancelled": State.CANCELLED,
    "canceled": State.CANCELLED,
    "unknown": State.UNCONFIRMED,
}
# By the Conversation API.
DELIVERIES: Mapping[str, State] = {
    "SWITCHING_CHANNEL": State.SUBMITTED,
    "QUEUED_ON_CHANNEL": State.SENT,
    "DELIVERED": State.DELIVERED,
    "READ": State.READ,
    "FAILED": State.FAILED,
}
# Of calls that have ended.
RESULTS: Mapping[str, State] = {
    "ANSWERED": State.DELIVERED,
    "BUSY": State.UNDELIVERED,
    "NOANSWER": State.UNDELIVERED,
    "FAILED": State.FAILED,
}
_GONE_WRONG = frozenset({State.UNDELIVERED, State.EXPIRED, State.FAILED})


def error_of(state: State | None, *codes: str) -> tuple[ErrorClass | None, str | None]:
    """Class and code of what went wrong, the first code that is known or else the first there is; nothing while nothing did."""
    if state not in _GONE_WRONG:
        return None, None
    said = [code for code in codes if code]
    code = next((each for each in said if each in ERROR_CODES), said[0] if said else None)
    return ERROR_CODES.get(code or "", ErrorClass.UNKNOWN), code
