r"""How is the consent ledger chained? What is hashed, in which order, so that anyone can check it again.

Each event is an entry of two chains: its workspace's (`seq` 1, 2, 3 and so on, `previous` the hash of the entry before) and its
number's (`number_seq`, `number_previous`). The first entry of a chain has 32 zero bytes before it. All hashes are SHA-256 over

    tag, then each field as a netstring: its length in bytes (decimal), ":", the UTF-8 bytes, ","; what is absent is "-,"

- `number_hash`: tag "tactful consent number 1\n"; salt, workspace id, phone in E.164.
- `evidence_hash`: tag "tactful consent evidence 1\n"; salt, evidence as canonical JSON.
- `hash`: tag "tactful consent event 1\n"; workspace id, seq, id, number seq, number hash, tenure, kind, channel, purpose, topic,
  brand, basis, method, evidence hash, source, actor, expires at, occurred at, recorded at, previous, number previous.
- a head, for its signature: tag "tactful ledger head 1\n"; workspace id, seq, hash, signed at.

Ids are written as the API writes them, integers in decimal, instants as 2026-11-23T17:00:00.000000Z, hashes and salts in
lower-case hex. Canonical JSON has sorted keys (by code point), no spaces, text unescaped but for what JSON demands, and whole
numbers without a fraction.

The salt is random for each event and kept beside it. Who holds it can show that the hashes speak of this number and this
evidence; once an erasure has taken salt, number and evidence away, nothing can be guessed from the hashes, and the chains still
verify.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.ids import encode_id

NOTHING = bytes(32)
"""The hash before the first entry of a chain."""
SALT_BYTES = 32

_EVENT = b"tactful consent event 1\n"
_NUMBER = b"tactful consent number 1\n"
_EVIDENCE = b"tactful consent evidence 1\n"
_HEAD = b"tactful ledger head 1\n"
_ABSENT = b"-,"
_dumps = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class Head(NamedTuple):
    """Where a chain ends: the place of its last entry (0 for none) and that entry's hash."""

    seq: int = 0
    hash: bytes = NOTHING


START = Head()
"""Where a chain without entries ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What one line of the ledger says. `channel` None speaks of every channel; `evidence` is JSON."""

    id: UUID
    phone: str
    kind: str
    purpose: str
    method: str
    occurred_at: datetime
    channel: str | None = None
    topic: str = ""
    brand: str = ""
    basis: str = "express_written"
    tenure: int = 1
    evidence: str = "{}"
    expires_at: datetime | None = None


class Link(NamedTuple):
    """What chains one event to the others, and its evidence as it was hashed."""

    seq: int
    number_seq: int
    number_hash: bytes
    evidence_hash: bytes
    previous: bytes
    number_previous: bytes
    hash: bytes
    evidence: str


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value


_loads = json.JSONDecoder(parse_float=_number).decode
"""Reads JSON so that writing it again gives canonical JSON: whole numbers come as integers."""


def _whole(value: Any) -> Any:
    """The value with every number that is whole as an integer, so that 1.0 and 1 are the same before and after storage."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: _whole(item) for key, item in value.items()}
        case list():
            return [_whole(item) for item in value]
        case _:
            return value


def canonical_json(value: Any) -> str:
    """JSON that is the same text for the same content. Raises ValueError for NaN and infinities."""
    return _dumps(_whole(value))


def instant_text(instant: datetime | None) -> str | None:
    """An instant as it is hashed: UTC, microseconds, "Z"."""
    if instant is None:
        return None
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:-6] + "Z"


def _told(tag: bytes, fields: Iterable[str | None]) -> bytes:
    parts = [tag]
    for field in fields:
        if field is None:
            parts.append(_ABSENT)
        else:
            told = field.encode()
            parts.append(b"%d:%b," % (len(told), told))
    return b"".join(parts)


def _digest(tag: bytes, fields: Iterable[str | None]) -> bytes:
    return sha256(_told(tag, fields)).digest()


def number_hash(*, salt: bytes, workspace: str, phone: str) -> bytes:
    """What stands for the number in an entry. `workspace` is the prefixed id."""
    return _digest(_NUMBER, (salt.hex(), workspace, phone))


def evidence_hash(*, salt: bytes, evidence: str) -> bytes:
    """What stands for the evidence (canonical JSON) in an entry."""
    return _digest(_EVIDENCE, (salt.hex(), evidence))


def head_bytes(*, workspace: str, head: Head, signed_at: datetime) -> bytes:
    """What a signature of a head is over."""
    return _told(_HEAD, (workspace, str(head.seq), head.hash.hex(), instant_text(signed_at)))


def entry_hash(fields: Mapping[str, str | None]) -> bytes:
    """The hash of an entry from its fields as text, by name (`ENTRY_FIELDS`). Raises KeyError when one is missing."""
    return _digest(_EVENT, [fields[name] for name in ENTRY_FIELDS])


ENTRY_FIELDS: Sequence[str] = (
    "workspace",
    "seq",
    "id",
    "number_seq",
    "number_hash",
    "tenure",
    "kind",
    "channel",
    "purpose",
    "topic",
    "brand",
    "basis",
    "method",
    "evidence_hash",
    "source",
    "actor",
    "expires_at",
    "occurred_at",
    "recorded_at",
    "previous",
    "number_previous",
)
"""The fields an entry's hash is over, in order."""


@lru_cache(4096)
def _netstring(field: str | None) -> bytes:
    """One field as it is hashed; few words make up most of a ledger."""
    return _told(b"", (field,))


def chain(
    events: Iterable[Event],
    *,
    workspace_id: UUID,
    head: Head,
    numbers: MutableMapping[str, Head],
    salts: Iterable[bytes],
    source: str,
    actor: str,
    recorded_at: datetime,
) -> Iterator[Link]:
    """The links that add events to the chains, in their order.

    `head` is where the workspace's chain ends, `numbers` where the chains of the events' numbers do: one without events may be
    missing, and the ends are moved on. `salts` gives one for each event.
    """
    workspace = _netstring(encode_id("workspace", workspace_id))
    came = _netstring(source) + _netstring(actor)
    recorded = _netstring(instant_text(recorded_at))
    beginning = _EVENT + workspace
    seq, previous = head.seq, head.hash
    for event, salt in zip(events, salts, strict=True):
        before = numbers.get(event.phone, START)
        seq, number_seq = seq + 1, before.seq + 1
        salted = b"%d:%b," % (2 * len(salt), salt.hex().encode())
        phone = event.phone.encode()
        about_number = sha256(b"%b%b%b%d:%b," % (_NUMBER, salted, workspace, len(phone), phone)).digest()
        evidence = _dumps(_loads(event.evidence))
        shown = evidence.encode()
        about_evidence = sha256(b"%b%b%d:%b," % (_EVIDENCE, salted, len(shown), shown)).digest()
        told = sha256(
            b"".join(
                (
                    beginning,
                    _netstring(str(seq)),
                    b"%d:%b," % (len(name := encode_id("consent_event", event.id).encode()), name),
                    _netstring(str(number_seq)),
                    b"64:%b," % about_number.hex().encode(),
                    _netstring(str(event.tenure)),
                    _netstring(event.kind),
                    _netstring(event.channel),
                    _netstring(event.purpose),
                    _netstring(event.topic),
                    _netstring(event.brand),
                    _netstring(event.basis),
                    _netstring(event.method),
                    b"64:%b," % about_evidence.hex().encode(),
                    came,
                    _netstring(instant_text(event.expires_at)),
                    _netstring(instant_text(event.occurred_at)),
                    recorded,
                    b"64:%b,64:%b," % (previous.hex().encode(), before.hash.hex().encode()),
                )
            )
        ).digest()
        yield Link(seq, number_seq, about_number, about_evidence, previous, before.hash, told, evidence)
        previous = told
        numbers[event.phone] = Head(number_seq, told)


def key_id(public_key: bytes) -> str:
    """How a signing key is named: the first 8 bytes of the SHA-256 of its public half, in hex."""
    return sha256(public_key).digest()[:8].hex()


def entry_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored event as it is exported: text, integers, null and the evidence, exactly as they are hashed."""
    return {
        "id": encode_id("consent_event", row["id"]),
        **{name: row[name] for name in _AS_THEY_ARE},
        **{name: instant_text(row[name]) for name in ("expires_at", "occurred_at", "recorded_at")},
        **{name: None if row[name] is None else row[name].hex() for name in _IN_HEX},
        "evidence": _whole(row["evidence"]),
    }


_AS_THEY_ARE = "phone kind channel purpose topic brand basis tenure method source actor seq number_seq".split()
_IN_HEX = "salt number_hash evidence_hash previous number_previous hash".split()
