"""Whose number does a link speak of? A short token that only we can make or read: it holds a workspace and a number, sealed.

AES-SIV (RFC 5297) is deterministic, so a number has one link, and the number cannot be read out of an address that gets logged.
"""

import base64
import binascii
import hashlib
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_NUMBER = 7  # bytes: fifteen digits
_LENGTH = 16 + _NUMBER + 16
_USE = [b"opt-out link"]


def _cipher(key: bytes) -> AESSIV:
    return AESSIV(hashlib.sha512(b"number link" + key).digest())


def write_number_link(key: bytes, *, workspace_id: UUID, phone: str) -> str:
    """52 URL-safe characters for a workspace's number (E.164)."""
    clear = workspace_id.bytes + int(phone[1:]).to_bytes(_NUMBER, "big")
    return base64.urlsafe_b64encode(_cipher(key).encrypt(clear, _USE)).decode("ascii").rstrip("=")


def read_number_link(key: bytes, token: str) -> tuple[UUID, str] | None:
    """The workspace and number, or None for anything that was not written with this key."""
    try:
        sealed = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        if len(sealed) != _LENGTH:
            return None
        clear = _cipher(key).decrypt(sealed, _USE)
    except (binascii.Error, ValueError, InvalidTag):
        return None
    return UUID(bytes=clear[:16]), f"+{int.from_bytes(clear[16:], 'big')}"
