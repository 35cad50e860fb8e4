"""Which attempt does a callback speak of? An opaque, authenticated token in its URL: the only link when an answer is lost."""

import base64
import binascii
import hmac
from uuid import UUID

_MAC = 9


def _mac(key: bytes, provider_id: UUID, payload: bytes) -> bytes:
    return hmac.digest(key, provider_id.bytes + payload, "sha256")[:_MAC]


def write_reference(key: bytes, *, provider_id: UUID, message_id: UUID, attempt: int) -> str:
    """36 URL-safe characters naming one attempt, valid on that provider account's webhook alone."""
    payload = message_id.bytes + attempt.to_bytes(2, "big")
    return base64.urlsafe_b64encode(payload + _mac(key, provider_id, payload)).decode("ascii")


def read_reference(key: bytes, *, provider_id: UUID, text: str) -> tuple[UUID, int] | None:
    """The message and attempt number, or None for anything that was not written with this key for this account."""
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    payload, mac = raw[:18], raw[18:]
    if len(raw) != 18 + _MAC or not hmac.compare_digest(mac, _mac(key, provider_id, payload)):
        return None
    return UUID(bytes=payload[:16]), int.from_bytes(payload[16:], "big")
