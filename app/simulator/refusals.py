"""What does the carrier refuse at once, and in which words? Checks in the order the real one makes them, first fault first."""

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from app.simulator.config import SimulatorConfig

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")
_LONGEST_BODY = 1600
_MOST_MEDIA = 10

# Code -> (HTTP status, message). Twilio's own pages name the codes; the sentences are ours.
ERRORS: Mapping[str, tuple[int, str]] = {
    "20003": (401, "Authenticate"),
    "20404": (404, "The requested resource was not found"),
    "20429": (429, "Too Many Requests"),
    "20500": (500, "Something went wrong on our side"),
    "20001": (400, "A parameter cannot be used."),
    "21201": (400, "A 'To' phone number is required."),
    "21205": (400, "The URL of an answer document is missing or cannot be used."),
    "21210": (400, "The 'From' phone number is not a number of this account."),
    "21213": (400, "A 'From' phone number is required."),
    "21215": (400, "Calls to this region have not been enabled."),
    "21216": (400, "This number may not be called."),
    "21217": (400, "The 'To' number is not a valid phone number."),
    "21220": (400, "The call is not in a state in which it can be changed so."),
    "21211": (400, "The 'To' number is not a valid phone number."),
    "21212": (400, "The 'From' number is not a valid phone number, short code or sender ID."),
    "21408": (400, "Permission to send to this region has not been enabled."),
    "21602": (400, "Message body, media or content is required."),
    "21603": (400, "A 'From' number or a Messaging Service is required."),
    "21604": (400, "A 'To' phone number is required."),
    "21606": (400, "The 'From' phone number is not a message-capable number of this account."),
    "21609": (400, "The 'StatusCallback' URL is not a valid URL."),
    "21610": (400, "The recipient has unsubscribed from this sender."),
    "21611": (429, "This sender's queue is full."),
    "21612": (400, "This 'To' number cannot be reached from this 'From' number."),
    "21614": (400, "The 'To' number is not a mobile number."),
    "21617": (400, "The message body exceeds the limit of 1600 characters."),
    "21620": (400, "A 'MediaUrl' is not a valid URL."),
    "21623": (400, "More than 10 media were given."),
    "21624": (400, "The 'ValidityPeriod' is not a whole number from 1 to 36000."),
    "21635": (400, "The 'To' number is a landline."),
    "21705": (400, "The Messaging Service does not exist in this account."),
    "30002": (401, "The account is suspended."),
}
_OTHER = (400, "The request was refused.")

Form = Mapping[str, Sequence[str]]
Check = Callable[[Form, SimulatorConfig], bool]


def error_of(code: str) -> tuple[int, str]:
    """HTTP status and message of a code."""
    return ERRORS.get(code, _OTHER)


def first(form: Form, name: str) -> str:
    """The first value of a field, or nothing."""
    return form[name][0] if name in form else ""


def sender_of(form: Form) -> str:
    """Who sends: a Messaging Service before a number."""
    return first(form, "MessagingServiceSid") or first(form, "From")


def is_url(url: str) -> bool:
    """Whether this can be called back on."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "_" not in (parts.hostname or "")


def _not_owned(form: Form, config: SimulatorConfig) -> bool:
    return bool(config.senders) and sender_of(form) not in config.senders


def _no_content(form: Form, _: SimulatorConfig) -> bool:
    return not (first(form, "Body") or "MediaUrl" in form or "ContentSid" in form)


def _bad_validity(form: Form, _: SimulatorConfig) -> bool:
    given = first(form, "ValidityPeriod")
    return "ValidityPeriod" in form and not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= 36_000)


_CHECKS: tuple[tuple[str, Check], ...] = (
    ("21604", lambda form, _: not first(form, "To")),
    ("21211", lambda form, _: not _E164.fullmatch(first(form, "To").removeprefix("rcs:"))),
    ("21603", lambda form, _: not sender_of(form)),
    ("21212", lambda form, _: not _SENDER.fullmatch(sender_of(form))),
    ("21705", lambda form, config: "MessagingServiceSid" in form and _not_owned(form, config)),
    ("21606", _not_owned),
    ("21602", _no_content),
    ("21617", lambda form, _: len(first(form, "Body")) > _LONGEST_BODY),
    ("21623", lambda form, _: len(form.get("MediaUrl", ())) > _MOST_MEDIA),
    ("21620", lambda form, _: not all(is_url(url) for url in form.get("MediaUrl", ()))),
    ("21609", lambda form, _: "StatusCallback" in form and not is_url(first(form, "StatusCallback"))),
    ("21624", _bad_validity),
    ("21408", lambda form, config: first(form, "To").startswith(config.closed_regions)),
    ("21614", lambda form, config: first(form, "To") in config.landlines),
)


def fault_of(form: Form, config: SimulatorConfig) -> str | None:
    """The code of the first fault, or None. What only the books know (opted out, over the rate) is asked of them."""
    return next((code for code, is_wrong in _CHECKS if is_wrong(form, config)), None)
