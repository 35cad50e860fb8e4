"""Who signs the ledger? An Ed25519 key of this service, drawn from its secret, so that there is nothing more to keep."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.ledger import key_id

_PURPOSE = b"tactful ledger signing key 1"


class Signer:
    """Signs heads and dossiers. The same secret (32 bytes) gives the same key in every process."""

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret))
        self.public_key = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = key_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """The signature (64 bytes)."""
        return self._key.sign(message)


def signature_fits(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether this key made this signature of this message. A key that is none has made nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
