"""Through which carrier accounts may a workspace send? Credentials are checked, sealed, rotated, and never given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.errors import Conflict, InvalidField, NotFound
from app.ports import Account, BadCredentials, Provider
from app.providers.address_guard import check_base_url
from app.storage import carriers
from app.storage.breakers import forget_breaker, try_senders
from app.storage.database import Row, Transaction
from app.storage.vault import VaultError
from app.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChange:
    """What to make different. None leaves as it is; a credential of None is removed.

    `base_url` "" takes the carrier's own again, `calls_per_second` 0 what its kind says. `release` ends a hold.
    """

    name: str | None = None
    credentials: Mapping[str, str | None] | None = None
    base_url: str | None = None
    opt_out_replies: str | None = None
    calls_per_second: float | None = None
    release: bool = False


def _check_credentials(kind: type[Provider], credentials: Mapping[str, str], base_url: str | None) -> None:
    """Raise InvalidField, naming the credential, for one that is unknown or that the provider's own check refuses."""
    known = {field.name for field in kind.credential_fields}
    for name in credentials:
        if name not in known:
            raise InvalidField(
                f"{kind.kind} has no such credential; it has {', '.join(sorted(known))}",
                pointer="/body/credentials/" + name.replace("~", "~0").replace("/", "~1"),
                code="unknown_credential",
            )
    try:
        kind(Account(credentials, base_url))
    except BadCredentials as error:
        pointer = "/body/base_url" if error.field == "base_url" else f"/body/credentials/{error.field}"
        raise InvalidField(error.detail, pointer=pointer, code="bad_credential") from error


def _rotated(kind: type[Provider], before: Mapping[str, str], change: Mapping[str, str | None]) -> dict[str, str]:
    """Credentials after a change. A secret that has a `previous_...` beside it moves there when it is replaced.

    Webhooks signed with the old secret are then still believed while the carrier changes over.
    """
    after = {name: value for name, value in {**before, **change}.items() if value is not None}
    names = {field.name for field in kind.credential_fields}
    for name, replaced in before.items():
        previous = f"previous_{name}"
        if previous in names and previous not in change and after.get(name) != replaced:
            after[previous] = replaced
    return after


def _kind_of(context: Context, kind: str) -> type[Provider]:
    found = context.provider_kinds.get(kind)
    if found is None:
        installed = ", ".join(sorted(context.provider_kinds))
        raise InvalidField(f"no such provider kind; installed: {installed}", pointer="/body/kind", code="unknown_kind")
    return found


async def check_address(context: Context, base_url: str | None) -> None:
    """Refuse a base URL that points inside the network (call it before a transaction is opened: it resolves the name).

    Raises InvalidField.
    """
    if base_url and not context.settings.allow_private_provider_urls:
        await check_base_url(base_url)


def credential_names(context: Context, row: Row) -> list[str] | None:
    """Which credentials of an account are set; None when this service's key cannot open them."""
    try:
        return sorted(context.vault.open(row["credentials"], row=row["id"]))
    except VaultError:
        return None


async def create_provider(
    tx: Transaction,
    context: Context,
    *,
    workspace_id: UUID,
    kind: str,
    name: str,
    credentials: Mapping[str, str],
    base_url: str | None,
    opt_out_replies: str,
    calls_per_second: float | None,
    now: datetime,
) -> Row:
    """Register an account. `check_address` must have passed. Raises InvalidField and Conflict."""
    _check_credentials(_kind_of(context, kind), credentials, base_url)
    provider_id = new_id()
    columns = {
        "kind": kind,
        "name": name,
        "credentials": context.vault.seal(dict(credentials), row=provider_id),
        "base_url": base_url,
        "opt_out_replies": opt_out_replies,
        "calls_per_second": calls_per_second,
    }
    await carriers.add_provider(tx, workspace_id=workspace_id, provider_id=provider_id, columns=columns, now=now)
    return await _reread(tx, workspace_id, provider_id)


async def _reread(tx: Transaction, workspace_id: UUID, provider_id: UUID) -> Row:
    row = await carriers.read_provider(tx, workspace_id=workspace_id, provider_id=provider_id)
    if row is None:
        raise NotFound("no such provider", pointer="/path/provider_id")
    return row


async def read_provider(context: Context, *, workspace_id: UUID, provider_id: UUID) -> Row:
    """One account. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _reread(tx, workspace_id, provider_id)


async def list_providers(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Accounts, newest first."""
    async with context.db.transaction() as tx:
        return await carriers.list_providers(tx, workspace_id=workspace_id, before=before, limit=limit)


async def change_provider(
    context: Context, *, workspace_id: UUID, provider_id: UUID, change: ProviderChange, now: datetime
) -> Row:
    """Change an account; it afterwards. Raises NotFound, InvalidField and Conflict."""
    await check_address(context, change.base_url)
    async with context.db.transaction() as tx:
        if change.release:
            await forget_breaker(tx, workspace_id=workspace_id, subject_id=provider_id)
            await try_senders(tx, workspace_id=workspace_id, provider_id=provider_id, now=now)
        held = await carriers.hold_provider_row(tx, workspace_id=workspace_id, provider_id=provider_id)
        if held is None:
            raise NotFound("no such provider", pointer="/path/provider_id")
        columns = _changed_columns(context, held, change)
        await carriers.write_provider(tx, workspace_id=workspace_id, provider_id=provider_id, changes=columns, now=now)
        if change.release or change.credentials is not None:
            for sender_id in await carriers.senders_of(tx, workspace_id=workspace_id, provider_id=provider_id):
                tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{workspace_id}/{sender_id}/0"))
        return await _reread(tx, workspace_id, provider_id)


def _changed_columns(context: Context, held: Row, change: ProviderChange) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if change.name is not None:
        columns["name"] = change.name
    if change.opt_out_replies is not None:
        columns["opt_out_replies"] = change.opt_out_replies
    if change.calls_per_second is not None:
        columns["calls_per_second"] = change.calls_per_second or None
    if change.base_url is not None:
        columns["base_url"] = change.base_url or None
    if change.release:
        columns |= {"held_until": None, "hold_reason": ""}
    if change.credentials is not None or "base_url" in columns:
        moved = columns.get("base_url", held["base_url"]) != held["base_url"]
        credentials = _next_credentials(context, held, change, moved=moved)
        columns["credentials"] = context.vault.seal(credentials, row=held["id"])
    return columns


def _next_credentials(context: Context, held: Row, change: ProviderChange, *, moved: bool) -> dict[str, str]:
    """The account's credentials after a change.

    When the account moves to another address they must be given anew: otherwise whoever may change an address could have the
    secrets, which are never shown, sent to a server of their own.
    """
    kind = _kind_of(context, held["kind"])
    if moved and change.credentials is None:
        detail = "give the credentials again when the base URL changes"
        raise InvalidField(detail, pointer="/body/credentials", code="credentials_needed")
    try:
        before = {} if moved else context.vault.open(held["credentials"], row=held["id"])
    except VaultError:
        before = {}  # sealed with a key this service no longer has: the caller gives them all anew
    credentials = _rotated(kind, before, change.credentials or {})
    _check_credentials(kind, credentials, held["base_url"] if change.base_url is None else change.base_url or None)
    return credentials


async def delete_provider(context: Context, *, workspace_id: UUID, provider_id: UUID) -> None:
    """Delete an account and its credentials. Raises NotFound, and Conflict while senders use it."""
    async with context.db.transaction() as tx:
        if await carriers.hold_provider_row(tx, workspace_id=workspace_id, provider_id=provider_id) is None:
            raise NotFound("no such provider", pointer="/path/provider_id")
        if await carriers.senders_of(tx, workspace_id=workspace_id, provider_id=provider_id):
            raise Conflict("senders are registered on this account", code="in_use")
        await carriers.delete_provider(tx, workspace_id=workspace_id, provider_id=provider_id)
