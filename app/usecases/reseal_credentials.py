"""How is the service's secret changed? Whatever was sealed with an older one is opened and sealed with the one in use."""

from dataclasses import dataclass
from uuid import UUID

from app.storage.carriers import hold_credentials, write_credentials
from app.storage.database import Database
from app.storage.vault import Vault, VaultError


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many were sealed anew, how many were sealed with the key in use already, and the accounts no key opens."""

    resealed: int
    current: int
    lost: tuple[UUID, ...]


async def reseal_credentials(db: Database, vault: Vault) -> Resealed:
    """Seal every provider's credentials with the vault's key in use, in one transaction; what none of its keys opens stays."""
    anew: list[tuple[UUID, bytes]] = []
    lost: list[UUID] = []
    current = 0
    async with db.transaction() as tx:
        for row in await hold_credentials(tx):
            try:
                if vault.is_current(row["credentials"], row=row["id"]):
                    current += 1
                else:
                    opened = vault.open(row["credentials"], row=row["id"])
                    anew.append((row["id"], vault.seal(opened, row=row["id"])))
            except VaultError:
                lost.append(row["id"])
        await write_credentials(tx, rows=anew)
    return Resealed(len(anew), current, tuple(lost))
