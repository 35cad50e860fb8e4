"""How are secrets kept at rest? AES-256-GCM under the service's key, bound to the row they belong to."""

import os
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = 12


class VaultError(Exception):
    """The stored bytes cannot be opened with this service's key."""


class Vault:
    """Seals and opens small secrets. The associated data ties a sealed value to its row: moved elsewhere it will not open."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise VaultError("the secret key must be 32 bytes")
        self._cipher = AESGCM(key)

    def seal(self, secret: dict[str, str], *, row: UUID) -> bytes:
        """Encrypt a flat mapping for the row with this id."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, orjson.dumps(secret), row.bytes)

    def open(self, sealed: bytes, *, row: UUID) -> dict[str, str]:
        """Decrypt what `seal` made for the same row. Raises VaultError."""
        if sealed[:1] != _VERSION:
            raise VaultError("sealed by an unknown version")
        try:
            clear = self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], row.bytes)
        except InvalidTag as error:
            raise VaultError("sealed with another key, or altered") from error
        opened: dict[str, str] = orjson.loads(clear)
        return opened
