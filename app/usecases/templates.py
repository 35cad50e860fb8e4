"""What does a workspace say? Templates are compiled when they are written; each version is kept as it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField, NotFound
from app.domain.message import Channel
from app.domain.rich import PLAIN, Content, check_content, content_json
from app.domain.rich_template import RichTemplate
from app.domain.template import Template, TemplateProblem, compile_template
from app.storage import templates
from app.storage.database import Row, Transaction
from app.usecases.context import Context


def compiled(body: str, *, pointer: str = "/body/body") -> Template:
    """The body, compiled. Raises InvalidField with line and column in its detail."""
    try:
        return compile_template(body)
    except TemplateProblem as problem:
        raise InvalidField(str(problem), pointer=pointer, code="bad_template") from problem


def compiled_content(stored: Mapping[str, Any] | None, *, pointer: str = "/body/content") -> RichTemplate:
    """What goes beside a text, compiled. Raises InvalidField for a fault in a merge tag."""
    try:
        return RichTemplate(stored)
    except TemplateProblem as problem:
        raise InvalidField(str(problem), pointer=pointer, code="bad_template") from problem


def _checked(content: Content, channel: str) -> dict[str, Any] | None:
    """Content as it is stored. Raises InvalidField for what the channel cannot carry, or a fault in a merge tag."""
    check_content(content, Channel(channel))
    stored = content_json(content)
    compiled_content(stored)
    return stored


async def create_template(
    tx: Transaction, *, workspace_id: UUID, name: str, channel: str, body: str, now: datetime, content: Content = PLAIN
) -> Row:
    """Write a template's first version. Raises InvalidField and Conflict."""
    compiled(body)
    stored = _checked(content, channel)
    template_id = new_id()
    await templates.add_template(
        tx, workspace_id=workspace_id, template_id=template_id, name=name, channel=channel, body=body, content=stored, now=now
    )
    return await _found(tx, workspace_id, template_id)


async def add_version(
    tx: Transaction, *, workspace_id: UUID, template_id: UUID, body: str, now: datetime, content: Content = PLAIN
) -> Row:
    """Write the next version; the template with it. Campaigns keep the version they were made with. Raises NotFound."""
    compiled(body)
    stored = _checked(content, (await _found(tx, workspace_id, template_id))["channel"])
    await templates.add_version(tx, workspace_id=workspace_id, template_id=template_id, body=body, content=stored, now=now)
    return await _found(tx, workspace_id, template_id)


async def _found(tx: Transaction, workspace_id: UUID, template_id: UUID) -> Row:
    row = await templates.read_template(tx, workspace_id=workspace_id, template_id=template_id)
    if row is None:
        raise NotFound("no such template", pointer="/path/template_id")
    return row


async def read_template(context: Context, *, workspace_id: UUID, template_id: UUID) -> Row:
    """One template with its newest body. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _found(tx, workspace_id, template_id)


async def list_templates(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Templates, newest first."""
    async with context.db.transaction() as tx:
        return await templates.list_templates(tx, workspace_id=workspace_id, before=before, limit=limit)


async def list_versions(
    context: Context, *, workspace_id: UUID, template_id: UUID, before: int | None, limit: int
) -> Sequence[Row]:
    """A template's versions, newest first. Raises NotFound."""
    async with context.db.transaction() as tx:
        await _found(tx, workspace_id, template_id)
        return await templates.list_versions(tx, workspace_id=workspace_id, template_id=template_id, before=before, limit=limit)


async def read_version(context: Context, *, workspace_id: UUID, template_id: UUID, version: int) -> Row:
    """One version. Raises NotFound."""
    async with context.db.transaction() as tx:
        row = await templates.read_version(tx, workspace_id=workspace_id, template_id=template_id, version=version)
    if row is None:
        raise NotFound("no such template or version", pointer="/path/version")
    return row
