"""Can the service's secret be changed while it works? What was sealed, signed or erased under the old one is still known."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.clock import new_id
from app.domain.stand_ins import StandIns, is_stand_in
from app.runtime import open_runtime
from app.settings import Settings
from app.storage.vault import Vault, VaultError
from app.usecases.context import Context
from app.usecases.reseal_credentials import reseal_credentials
from tests.factories import make_sender, make_workspace

OLD, NEW = "11" * 32, "22" * 32


def rotated(settings: Settings) -> Settings:
    """The same service with a new secret, the old one behind it."""
    fresh = Settings(secret_key=NEW, previous_secret_keys=OLD)
    return settings.model_copy(update={"secret_key": fresh.secret_key, "previous_secret_keys": fresh.previous_secret_keys})


async def sealed(context: Context, provider_id: Any) -> bytes:
    async with context.db.transaction() as tx:
        return bytes(await tx.fetch_value("SELECT credentials FROM provider WHERE id = $1", provider_id))


async def test_credentials_open_under_an_old_secret_and_are_sealed_anew(context: Context, settings: Settings) -> None:
    workspace_id = await make_workspace(context)
    for _ in range(2):
        await make_sender(context, workspace_id)
    async with context.db.transaction() as tx:
        ids = [row["id"] for row in await tx.fetch("SELECT id FROM provider ORDER BY id")]
        for provider_id in ids[:1]:
            secret = context.vault.seal({"auth_token": "hush"}, row=provider_id)
            await tx.execute("UPDATE provider SET credentials = $2 WHERE id = $1", provider_id, secret)
    async with open_runtime(rotated(settings), role="test") as now:
        kept = await sealed(context, ids[0])
        assert now.vault.open(kept, row=ids[0]) == {"auth_token": "hush"}
        assert not now.vault.is_current(kept, row=ids[0])
        done = await reseal_credentials(now.db, now.vault)
        assert (done.resealed, done.current, done.lost) == (1, 0, (ids[1],))  # the second was never sealed at all
        again = await reseal_credentials(now.db, now.vault)
        assert (again.resealed, again.current) == (0, 1)
    only_new = Vault(bytes.fromhex(NEW))
    assert only_new.open(await sealed(context, ids[0]), row=ids[0]) == {"auth_token": "hush"}
    with pytest.raises(VaultError):
        context.vault.open(await sealed(context, ids[0]), row=ids[0])


async def test_a_callback_signed_before_a_rotation_is_still_read(context: Context, settings: Settings) -> None:
    async with open_runtime(rotated(settings), role="test") as now:
        assert now.previous_reference_keys == (context.reference_key,)
        assert now.reference_key != context.reference_key


def test_a_stand_in_is_known_by_every_secret_and_read_by_nobody() -> None:
    workspace_id = new_id()
    old, both = StandIns([bytes.fromhex(OLD)]), StandIns([bytes.fromhex(NEW), bytes.fromhex(OLD)])
    before = old.of(workspace_id, "+12125550142")
    assert before in both.all_of(workspace_id, "+12125550142")
    assert both.of(workspace_id, "+12125550142") != before
    assert is_stand_in(before)
    assert "2125550142" not in before
    assert old.of(workspace_id, "+12125550143") != before
    assert old.of(workspace_id, "+12125550142", generation=1) != before


@pytest.mark.parametrize("text", ["x", "11" * 31, f"{OLD},zz", "11" * 33])
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    for name in ("secret_key", "previous_secret_keys"):
        with pytest.raises(ValidationError) as refused:
            Settings.model_validate({name: text})
        assert "input" not in str(refused.value)
