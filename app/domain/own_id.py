"""By which id does a provider know an attempt again? A UUID made of its reference, the same however often it is asked for."""

import hashlib
from uuid import UUID


def own_id(reference: str) -> str:
    """A version 4 UUID (RFC 9562) that only this reference gives."""
    return str(UUID(bytes=hashlib.sha256(reference.encode()).digest()[:16], version=4))
