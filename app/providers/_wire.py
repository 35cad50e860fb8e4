"""What do many providers' wires have in common? Accounts checked, JSON and forms read and written, numbers at the edge."""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import orjson

from app.domain.delivery import ErrorClass, MayHaveLeft, Response
from app.domain.rich import LONGEST_CARD_TEXT, LONGEST_POSTBACK, Suggestion
from app.ports import Account, BadCredentials, BadSignature, CredentialField

JSON_HEADERS: Mapping[str, str] = {"content-type": "application/json", "accept": "application/json"}
VISIBLE = r"^[\x21-\x7e]{8,512}$"
"""The form of a secret: visible ASCII without spaces."""

_MOST_FIELDS = 500
# What must be escaped in a form, but the space: that is the commonest, and one replacement turns all of them into "+".
_SPECIAL = re.compile(r"[^A-Za-z0-9_.~ -]")
_ESCAPES = {chr(byte): f"%{byte:02X}" for byte in range(128)}
# For a refusal whose code we do not know.
_STATUSES: Mapping[int, ErrorClass] = {
    401: ErrorClass.ACCOUNT,
    402: ErrorClass.ACCOUNT,
    403: ErrorClass.ACCOUNT,
    404: ErrorClass.ACCOUNT,
    429: ErrorClass.THROTTLED,
}
# 408 and 499 tell of a request cut short somewhere on its way: what arrived of it is not said.
_CUT_SHORT = frozenset({408, 499})


def check_credentials(title: str, given: Mapping[str, str], fields: Sequence[CredentialField]) -> None:
    """Raise BadCredentials, naming the credential, for one that is unknown, missing, or not of its field's form."""
    for name in given.keys() - {field.name for field in fields}:
        raise BadCredentials(name, f"{title} has no such credential")
    for field in fields:
        value = given.get(field.name)
        if value is None and field.required:
            raise BadCredentials(field.name, f"{field.name} is required")
        if value is not None and re.fullmatch(field.pattern, value) is None:
            raise BadCredentials(field.name, f"{field.name} does not look like {title}'s ({field.pattern})")


def base_url(account: Account, default: str) -> str:
    """The account's address or the provider's own, without a slash at its end. Raises BadCredentials naming `base_url`."""
    url = account.base_url or default
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise BadCredentials("base_url", "base_url must be an http or https URL")
    return url.rstrip("/")


def host_url(account: Account, base: str, default: str) -> str:
    """Another of a provider's hosts: its own where the account is at the provider's, the account's address where it has one."""
    return base if account.base_url else default


def basic(name: str, secret: str) -> str:
    """An Authorization header of the Basic scheme (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode("ascii")


def credentialed(url: str, name: str, secret: str) -> str:
    """A URL that makes its caller authenticate by Basic: name and secret before the host (RFC 3986 section 3.2.1)."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{quote(name, safe='')}:{quote(secret, safe='')}@{parts.netloc}").geturl()


def card_words(card: str, body: str) -> str:
    """The words on a rich card that has a message's text to carry beside its own. Raises ValueError for more than it holds.

    Refused rather than cut: what would be cut may be the way to object.
    """
    said = "\n\n".join(dict.fromkeys(part for part in (card, body) if part))
    if len(said) > LONGEST_CARD_TEXT:
        raise ValueError("more text than a card holds")
    return said


def postback_base64(tap: Suggestion) -> str:
    """What comes back with a tap, or the words on it, in base64. Raises ValueError for more than a carrier takes so written."""
    written = base64.b64encode((tap.postback or tap.text).encode("utf-8", "replace")).decode("ascii")
    if len(written) > LONGEST_POSTBACK:
        raise ValueError("a longer postback than fits in base64")
    return written


def dump(value: Any) -> bytes:
    """JSON; half of a surrogate pair, which UTF-8 cannot say, becomes a question mark."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_sayable(value))


def _sayable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_sayable(name): _sayable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sayable(item) for item in value]
    return value


def json_object(body: bytes) -> dict[str, Any]:
    """The object in a JSON body; empty for anything else."""
    found = json_value(body)
    return found if isinstance(found, dict) else {}


def json_value(body: bytes) -> Any:
    """What a JSON body holds; None for what is no JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def inner(value: Any, *path: str | int) -> Any:
    """What lies at a path of names and places in JSON; None where the path ends early."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_of(value: Any) -> str:
    """A JSON string or number as text, "" for anything else; NUL, which a text column cannot hold, is left out."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def decimal_of(value: Any) -> Decimal | None:
    """A JSON number as the amount it was written as; None for anything else."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def items_of(value: Any) -> list[Any]:
    """A JSON list, or nothing."""
    return value if isinstance(value, list) else []


def encode_form(fields: Iterable[tuple[str, str]]) -> bytes:
    """A form, names repeated as they come."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in fields).encode("ascii")


def encode(text: str) -> str:
    """As urllib.parse.quote_plus, in a third of its time: it is most of what building a form costs."""
    return _SPECIAL.sub(_escape, text).replace(" ", "+")


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or quote(match[0], errors="replace")


def read_form(body: bytes) -> list[tuple[str, str]]:
    """Names and values in order, blank values kept, nothing stripped: all of it is signed. Raises BadSignature if unreadable."""
    try:
        fields = body.decode("ascii").replace("+", " ").split("&", _MOST_FIELDS)
        if len(fields) > _MOST_FIELDS:
            raise BadSignature("more fields than any callback has", cause="malformed")
        return [(_decode(name), _decode(value)) for name, _, value in [field.partition("=") for field in fields if field]]
    except UnicodeDecodeError as error:
        raise BadSignature("the form is not UTF-8", cause="malformed") from error


def _decode(text: str) -> str:
    return unquote(text, errors="strict") if "%" in text else text


def reference_in(query: str) -> str | None:
    """Our attempt reference in a callback's raw query: the value of `r`."""
    return next((unquote(part[2:]) for part in query.split("&") if part.startswith("r=")), "") or None


def digits(number: str) -> str:
    """A number as carriers write it that take no plus sign; names and short codes stay."""
    return number.removeprefix("+")


def plus(number: Any) -> str:
    """A number as we write it: with its plus sign, where what came is seven digits or more; short codes and names stay."""
    found = text_of(number).strip()
    return f"+{found}" if found.isascii() and found.isdigit() and len(found) >= 7 else found


def instant(value: Any) -> datetime | None:
    """An ISO 8601 instant (also with `+0000`) in UTC; None for anything else, or without its zone."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # one at the end of all years has no UTC
        return None


def class_of_status(status: int) -> ErrorClass:
    """What a refusal of this HTTP status means where its code says nothing."""
    return _STATUSES.get(status, ErrorClass.INVALID_REQUEST)


def unsettled(response: Response) -> MayHaveLeft | None:
    """The outcome of an answer that is neither yes nor no; None for one that is (2xx and 4xx, but those of a cut connection)."""
    status = response.status
    if 200 <= status < 300 or (400 <= status < 500 and status not in _CUT_SHORT):
        return None
    return MayHaveLeft(f"HTTP {status}")
