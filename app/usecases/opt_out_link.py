"""How does a link in a text opt somebody out? It names one number of one workspace; using it takes the one barrier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import NotFound
from app.domain.keywords import Keyword, Reading, language_for
from app.domain.number_link import read_number_link, write_number_link
from app.storage.database import Transaction
from app.storage.replies import person_of
from app.storage.workspaces import read_workspace
from app.usecases.context import Context
from app.usecases.recall_messages import ring_for_recall
from app.usecases.record_opt_outs import OptOut, record_opt_outs

_NO_WORD = Reading(Keyword.NONE)


@dataclass(frozen=True, slots=True)
class LinkedNumber:
    """What a link speaks of: the number, the workspace's name, and the language to tell the person in."""

    phone: str
    name: str
    language: str


def link_of(context: Context, *, workspace_id: UUID, phone: str) -> str:
    """The address that opts this number (E.164) of this workspace out. Always the same one for a number."""
    token = write_number_link(context.reference_key, workspace_id=workspace_id, phone=phone)
    return f"{context.settings.public_url}/o/{token}"


async def follow_link(context: Context, token: str) -> LinkedNumber:
    """What a link speaks of; nothing changes. Raises NotFound."""
    async with context.db.transaction() as tx:
        return (await _linked(tx, context, token))[0]


async def use_link(context: Context, token: str, *, evidence: Mapping[str, object], now: datetime) -> LinkedNumber:
    """Opt the number out of marketing on every channel; again, and nothing but the ledger changes. Raises NotFound."""
    async with context.db.transaction() as tx:
        linked, workspace_id = await _linked(tx, context, token)
        said = OptOut(phone=linked.phone, method="link", evidence=evidence, occurred_at=now)
        results = await record_opt_outs(
            tx, workspace_id=workspace_id, items=[said], now=now, actor="recipient", source="link", metrics=context.metrics
        )
        ring_for_recall(tx, context, workspace_id=workspace_id, results=results)
    return linked


async def _linked(tx: Transaction, context: Context, token: str) -> tuple[LinkedNumber, UUID]:
    named = read_number_link(context.reference_key, token)
    workspace = await read_workspace(tx, workspace_id=named[0]) if named else None
    if named is None or workspace is None:
        raise NotFound("this link is not one of ours, or no longer leads anywhere")
    workspace_id, phone = named
    person = await person_of(tx, workspace_id=workspace_id, phone=phone)
    locale, region = (person["locale"], person["region"]) if person else (None, "")
    return LinkedNumber(phone, workspace["name"], language_for(_NO_WORD, locale=locale, region=region)), workspace_id
