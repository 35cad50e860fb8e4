"""By what is an erased number known again? A keyed hash: whoever holds the key can recognise the number, nobody can read it."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from uuid import UUID

PREFIX = "erased:"
"""How a stand-in begins: this, eight digits that name the key, and the hash."""


def is_stand_in(phone: str) -> bool:
    """Whether it stands for an erased number."""
    return phone.startswith(PREFIX)


class StandIns:
    """Stand-ins under the service's secrets (32 bytes each), the one in use first; those before it still recognise theirs."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._keys = [hashlib.sha256(b"tactful erased number 1" + secret).digest() for secret in secrets]
        self._names = [hashlib.sha256(b"tactful key name 1" + key).hexdigest()[:8] for key in self._keys]

    def of(self, workspace_id: UUID, phone: str, *, generation: int = 0) -> str:
        """The stand-in of an E.164 number under the secret in use: HMAC-SHA256 of workspace id and number.

        `generation` tells apart what was erased under one number several times; the latest is 0.
        """
        return self._name(0, workspace_id, phone, generation)

    def all_of(self, workspace_id: UUID, phone: str) -> Sequence[str]:
        """What it may be kept under, whichever secret was in use."""
        return [self._name(place, workspace_id, phone, 0) for place in range(len(self._keys))]

    def _name(self, place: int, workspace_id: UUID, phone: str, generation: int) -> str:
        told = workspace_id.bytes + phone.encode() + (b"\n%d" % generation if generation else b"")
        return f"{PREFIX}{self._names[place]}:{hmac.digest(self._keys[place], told, 'sha256').hex()}"


NO_STAND_INS = StandIns(())
"""For processes without a secret: they recognise nobody."""
