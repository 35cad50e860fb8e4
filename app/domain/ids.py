"""How are ids written? A type prefix and 26 characters of Crockford base 32, sortable like the UUIDv7 inside."""

from uuid import UUID

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [left + right for left in _DIGITS for right in _DIGITS]
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_LENGTH = 26
_SHIFTS = range(120, -1, -10)

PREFIXES = {
    "workspace": "wks",
    "api_key": "key",
    "contact": "con",
    "consent_event": "cev",
    "import": "imp",
    "registry_file": "rgf",
    "provider": "prv",
    "sender": "snd",
    "sender_pool": "spl",
    "template": "tpl",
    "audience": "aud",
    "audience_list": "lst",
    "campaign": "cmp",
    "campaign_series": "cse",
    "sequence": "seq",
    "enrolment": "enr",
    "preflight": "pfl",
    "message": "msg",
    "link": "lnk",
    "click": "clk",
    "receipt": "rct",
    "inbound": "inb",
    "rule_row": "rul",
    "review": "rev",
    "opt_in_request": "oir",
    "event": "evt",
    "merge": "mrg",
}


class BadId(ValueError):
    """The text is not an id of the kind asked for."""


def encode_id(kind: str, value: UUID) -> str:
    """`encode_id("contact", uuid)` is "con_" and 26 characters. Raises KeyError for an unknown kind."""
    number = value.int
    pairs = [_PAIRS[number >> shift & 1023] for shift in _SHIFTS]
    return f"{PREFIXES[kind]}_{''.join(pairs)}"


def decode_id(kind: str, text: str) -> UUID:
    """The UUID inside a prefixed id. Raises BadId for another prefix, another length or a character outside the alphabet."""
    prefix, _, digits = text.partition("_")
    if prefix != PREFIXES[kind] or len(digits) != _LENGTH:
        raise BadId(f"not a {kind} id: it looks like {PREFIXES[kind]}_ and 26 characters")
    number = 0
    for digit in digits:
        if digit not in _VALUES:
            raise BadId(f"not a {kind} id: {digit!r} is not in its alphabet")
        number = number << 5 | _VALUES[digit]
    if number >> 128:
        raise BadId(f"not a {kind} id: it is larger than 128 bits")
    return UUID(int=number)
