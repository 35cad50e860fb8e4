"""How are secrets kept at rest? AES-256-GCM under the service's key, bound to the row they belong to."""

import os
from collections.abc import Sequence
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = 12


class VaultError(Exception):
    """The stored bytes cannot be opened with this service's key."""


class Vault:
    """Seals small secrets with one key, and opens them with that one or those before it.

    The associated data ties a sealed value to its row: moved elsewhere it will not open.
    """

    def __init__(self, key: bytes, previous: Sequence[bytes] = ()) -> None:
        if any(len(any_key) != 32 for any_key in (key, *previous)):
            raise VaultError("the secret key must be 32 bytes")
        self._ciphers = [AESGCM(any_key) for any_key in (key, *previous)]

    def seal(self, secret: dict[str, str], *, row: UUID) -> bytes:
        """Encrypt a flat mapping for the row with this id."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._ciphers[0].encrypt(nonce, orjson.dumps(secret), row.bytes)

    def open(self, sealed: bytes, *, row: UUID) -> dict[str, str]:
        """Decrypt what `seal` made for the same row, under the key in use or one before it. Raises VaultError."""
        return self._open(sealed, row)[0]

    def is_current(self, sealed: bytes, *, row: UUID) -> bool:
        """Whether it is sealed with the key in use. Raises VaultError when no key opens it."""
        return self._open(sealed, row)[1] == 0

    def _open(self, sealed: bytes, row: UUID) -> tuple[dict[str, str], int]:
        if sealed[:1] != _VERSION:
            raise VaultError("sealed by an unknown version")
        for place, cipher in enumerate(self._ciphers):
            try:
                opened: dict[str, str] = orjson.loads(cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], row.bytes))
            except InvalidTag:
                continue
            return opened, place
        raise VaultError("sealed with another key, or altered")
