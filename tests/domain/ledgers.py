"""What does a ledger look like before anyone touches it? Chains of invented events, and dossiers signed with a key of ours."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from app.domain.dossier import event_item, manifest_of, read_json, seal, signed_bytes
from app.domain.ids import encode_id
from app.domain.ledger import START, Event, Head, chain, entry_of
from app.storage.signing import Signer

WORKSPACE = UUID(int=7)
WORKSPACE_ID = encode_id("workspace", WORKSPACE)
PHONES = ("+12125550142", "+33612345678", "+4915112345678")
NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
SIGNER = Signer(b"k" * 32)

evidences = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
        st.none(),
    ),
    max_size=4,
)


@st.composite
def events(draw: st.DrawFn, phones: Sequence[str] = PHONES, least: int = 2) -> list[Event]:
    """Some events, of some numbers."""
    count = draw(st.integers(least, 7))
    return [
        Event(
            id=UUID(int=step + 1),
            phone=draw(st.sampled_from(phones)),
            kind=draw(st.sampled_from(["given", "revoked", "asked"])),
            purpose=draw(st.sampled_from(["marketing", "transactional"])),
            method=draw(st.sampled_from(["web_form", "keyword"])),
            occurred_at=NOON + timedelta(microseconds=draw(st.integers(0, 10**9))),
            channel=draw(st.sampled_from([None, "sms", "voice"])),
            topic=draw(st.sampled_from(["", "shoes", "größe"])),
            brand=draw(st.sampled_from(["", "blue"])),
            tenure=draw(st.integers(1, 3)),
            evidence=_json(draw(evidences)),
            expires_at=draw(st.sampled_from([None, NOON + timedelta(days=700)])),
        )
        for step in range(count)
    ]


def _json(value: object) -> str:
    return json.dumps(value)


def entries_of(made: Sequence[Event]) -> list[dict[str, Any]]:
    """The events as chained and exported, in order."""
    salts = [bytes([step]) * 32 for step in range(1, len(made) + 1)]
    links = chain(
        made, workspace_id=WORKSPACE, head=START, numbers={}, salts=salts, source="api", actor="key:1", recorded_at=NOON
    )
    return [_entry(event, salt, link) for event, salt, link in zip(made, salts, links, strict=True)]


def _entry(event: Event, salt: bytes, link: Any) -> dict[str, Any]:
    row = {name: getattr(event, name) for name in event.__slots__}
    row |= link._asdict()
    return entry_of(
        {**row, "salt": salt, "evidence": json.loads(link.evidence), "source": "api", "actor": "key:1", "recorded_at": NOON}
    )


def head_of(entries: Sequence[dict[str, Any]]) -> Head:
    """Where these entries end."""
    return Head(entries[-1]["seq"], bytes.fromhex(entries[-1]["hash"])) if entries else START


def dossier_of(entries: Sequence[dict[str, Any]], phone: str = PHONES[0]) -> dict[str, Any]:
    """A signed dossier of one number, read back: three messages and a suppression beside its events."""
    sections: dict[str, list[dict[str, Any]]] = {
        "number": [{"region": "US", "tenure": 1}],
        "events": [event_item(entry) for entry in entries if entry["phone"] == phone],
        "consents": [],
        "suppressions": [{"reason": "opt_out", "since": "2026-11-23T17:00:00Z"}],
        "messages": [{"id": f"msg_{step}", "body": f"Hello {step}", "decision": {"verdict": "allow"}} for step in range(3)],
        "replies": [{"id": "inb_1", "body": "STOP"}],
    }
    manifest = manifest_of(sections, workspace=WORKSPACE_ID, phone=phone, cut_at=NOON, head=head_of(entries))
    signature = SIGNER.sign(signed_bytes(manifest))
    return read_json(seal(sections, manifest, public_key=SIGNER.public_key, signature=signature))
