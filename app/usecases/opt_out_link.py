"""How does a link in a text opt somebody out? It names one number of one workspace; using it takes the one barrier."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from app.domain.errors import NotFound
from app.domain.keywords import Keyword, Reading, language_for
from app.domain.number_link import read_number_link, write_number_link
from app.storage.database import Transaction
from app.storage.replies import person_of
from app.storage.workspaces import read_workspace
from app.usecases.context import Context
from app.usecases.merge_values import OPT_OUT_LINK, OPT_OUT_TOKEN_LENGTH
from app.usecases.recall_messages import ring_for_recall
from app.usecases.record_opt_outs import OptOut, record_opt_outs

OptOutWriter: TypeAlias = Callable[[str], str]
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


def blank_link(context: Context) -> str:
    """As long as anybody's link, and nobody's: to show and count texts that are nobody's yet."""
    return f"{context.settings.public_url}/o/{'x' * OPT_OUT_TOKEN_LENGTH}"


def opt_out_writer(context: Context, *, workspace_id: UUID, sources: Iterable[object]) -> OptOutWriter | None:
    """What writes a number's link into texts that ask for it; None where none of the sources does, as it takes some work."""
    if not any(OPT_OUT_LINK in str(source) for source in sources):
        return None
    return lambda phone: link_of(context, workspace_id=workspace_id, phone=phone)


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
