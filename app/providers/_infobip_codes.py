"""What do Infobip's numbers mean? Status ids ("status.23") and error ids ("603") are two namespaces, told side by side."""

from collections.abc import Mapping
from typing import Any

from app.domain.delivery import ErrorClass
from app.domain.message import State
from app.providers._wire import inner, text_of


def _numbered(first: int, last: int, before: str = "") -> tuple[str, ...]:
    return tuple(f"{before}{number}" for number in range(first, last + 1))


# What India's register of senders (DLT) says of who sends, and of the template a text must fit.
_INDIAN_SENDER = ("4108", "4109", "4110", *_numbered(4112, 4125), "4142", *_numbered(4146, 4148), *_numbered(4154, 4158))
_INDIAN_TEMPLATE = ("4106", "4111", *_numbered(4126, 4136), "4143", *_numbered(4149, 4151), "4153")

# Infobip's page "Response status and error codes". A plain number is an error id, `status.` a status id, a word the code of a
# refused request (the newer and the older shape).
CODES: Mapping[ErrorClass, tuple[str, ...]] = {
    # 4103, 4104 and status 20 count texts to one number in one hour: no cap of the sender's day.
    ErrorClass.THROTTLED: ("E429", "TOO_MANY_REQUESTS", "541", "4103", "4104", "status.20"),
    ErrorClass.DAILY_CAP: ("542", "609", "4202"),
    ErrorClass.PROVIDER_TEMPORARY: ("34", "4097", "4107", "4141", "10309", "10312", "status.21"),
    ErrorClass.ACCOUNT: (
        *("E401", "E403", "UNAUTHORIZED", "FORBIDDEN", "433", "4099", "10301", "10302"),
        *("status.12", "status.17"),
    ),
    ErrorClass.SENDER_CONFIG: (
        *("368", "375", "488", "562", "563", "564", "571", "572", "594", "2053", "15010", "15020", "15021", "15202"),
        *_INDIAN_SENDER,
        *("status.11", "status.13", "status.83"),
    ),
    ErrorClass.INVALID_REQUEST: (
        *("E400", "BAD_REQUEST", "323", "4096", "10306", "15200", "status.24", "status.51", "status.53", "status.54"),
        *_numbered(56, 64, "status."),
    ),
    ErrorClass.CONTENT_REJECTED: (
        *("355", "2051", "15012", "15013", "15014", "15022", "15024", "15026", "15203"),
        *_INDIAN_TEMPLATE,
        *("status.25", "status.55", "status.77", "status.91"),
    ),
    ErrorClass.INVALID_NUMBER: ("1", "352", "10305", "15201", "status.8", "status.52"),
    ErrorClass.NOT_IN_SERVICE: ("3041", "10303", "15009", "15017"),
    ErrorClass.LANDLINE: ("568", "629"),
    ErrorClass.OPTED_OUT: ("573", "603", "2050", "15015", "status.10"),
    # 4137 and 4139: what India's register has it that the person wants to hear of.
    ErrorClass.BLOCKED: (
        *("13", "560", "566", "569", "604", "2049", "2052", "4137", "4139", "10313", "15011", "15018"),
        "status.14",
    ),
    ErrorClass.SPAM_FILTERED: ("561", "607", "608", "status.87"),
    # 6, 18, 19: the account is not open for that number or network, which says nothing against the number and must not hold the
    # sender for everybody else.
    ErrorClass.CAPABILITY_MISSING: (
        *("10", "11", "345", "565", "592", "597", "598", "7002", "15003", "15016", "15019"),
        *("status.6", "status.18", "status.19"),
    ),
    # 1152 to 1166: networks that did not find the way to the phone.
    ErrorClass.TEMPORARILY_UNREACHABLE: (
        *("5", "6", "8", "24", "27", "31", "32", "33", "256", "351", "502", "581", "628", "1031", *_numbered(1152, 1166)),
        *("5002", "5003", "5480", "5603", "10200", "10201", "10203", "10204", "10304"),
        *("status.96", "status.97", "status.99"),
    ),
    ErrorClass.EXPIRED: ("811", "4098", "4100", "4101", "15006", "status.15"),
    ErrorClass.DUPLICATE: ("5492", "status.23"),
}
ERROR_CODES: Mapping[str, ErrorClass] = {code: error for error, codes in CODES.items() for code in codes}

_GROUPS = {"ACCEPTED": 0, "PENDING": 1, "UNDELIVERABLE": 2, "DELIVERED": 3, "EXPIRED": 4, "REJECTED": 5}
_BY_GROUP = {
    0: State.SUBMITTED,
    1: State.SUBMITTED,
    2: State.UNDELIVERED,
    3: State.DELIVERED,
    4: State.EXPIRED,
    5: State.FAILED,
}
# What a status says more exactly than its group. "Delivered to operator" is no handset; 96 to 99 are calls' ends.
_BY_STATUS = {
    2: State.SENT,
    7: State.SENT,
    29: State.UNCONFIRMED,
    87: State.FAILED,
    98: State.CANCELLED,
    99: State.UNDELIVERED,
}
TAKEN = frozenset({0, 1, 3})
REFUSED = frozenset({2, 4, 5})
_GONE_WRONG = frozenset({State.UNDELIVERED, State.EXPIRED, State.FAILED})


def group_of(item: Any) -> int | None:
    """The general status of a message; None for one nobody knows."""
    group = inner(item, "status", "groupId")
    if isinstance(group, int) and not isinstance(group, bool) and group in _BY_GROUP:
        return group
    return _GROUPS.get(text_of(inner(item, "status", "groupName")).upper())


def state_of(item: Any) -> State | None:
    """How far a message has come by its status; None for a status nobody knows."""
    group = group_of(item)
    if group is None:
        return None
    status = inner(item, "status", "id")
    return _BY_STATUS.get(status, _BY_GROUP[group]) if isinstance(status, int) else _BY_GROUP[group]


def code_of(item: Any) -> str:
    """The code that tells most of a refused message: a known error id, a known status id, whatever error id, the status id."""
    error, status = text_of(inner(item, "error", "id")), f"status.{text_of(inner(item, 'status', 'id'))}"
    known = next((code for code in (error, status) if code in ERROR_CODES), None)
    return known or (error if error not in {"", "0"} else status)


def error_of(item: Any, state: State | None) -> tuple[ErrorClass | None, str | None]:
    """Class and code of what went wrong with a message; nothing while nothing did."""
    if state not in _GONE_WRONG:
        return None, None
    code = code_of(item)
    return ERROR_CODES.get(code, ErrorClass.UNKNOWN), code
