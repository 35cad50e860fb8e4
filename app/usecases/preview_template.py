"""What would a person read? One version rendered for given values or for a contact, with its parts, and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.errors import InvalidField, NotFound
from app.domain.foreign_characters import Foreign, foreign_characters
from app.domain.message import Channel
from app.domain.parts import PartCount, count_parts
from app.domain.plain_letters import plainly
from app.domain.template import OutputTooLong, Template
from app.storage import templates
from app.storage.contacts import read_contact
from app.storage.database import Transaction
from app.usecases.context import Context
from app.usecases.merge_values import OPT_OUT_LINK, values_for
from app.usecases.opt_out_link import blank_link
from app.usecases.templates import compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A rendered text. In place of a missing value stands its name in brackets; nobody would be sent such a text.

    `plain` is the text with typographic signs written plainly, where that keeps all of it in GSM-7.
    """

    channel: Channel
    body: str
    parts: PartCount
    missing: tuple[str, ...]
    foreign: Foreign
    template: Template
    plain: str
    plain_parts: PartCount


async def preview_template(
    tx: Transaction,
    context: Context,
    *,
    workspace_id: UUID,
    template_id: UUID,
    version: int | None,
    values: Mapping[str, Any],
    contact_id: UUID | None,
) -> Preview:
    """Render a version (the newest without one) for a contact's values with `values` over them. Raises NotFound, InvalidField."""
    found = await templates.read_template(tx, workspace_id=workspace_id, template_id=template_id)
    if found is None:
        raise NotFound("no such template", pointer="/path/template_id")
    channel = Channel(found["channel"])
    if version is not None:
        found = await templates.read_version(tx, workspace_id=workspace_id, template_id=template_id, version=version)
        if found is None:
            raise NotFound("no such version", pointer="/body/version")
    if contact_id is not None:
        contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
        if contact is None:
            raise NotFound("no such contact", pointer="/body/contact_id")
        values = {**values_for(contact, opt_out=lambda _: blank_link(context)), **values}
    values = {OPT_OUT_LINK: blank_link(context), **values}
    try:
        template = compiled(found["body"], locales=found["locales"])
        body, missing = template.render_marked(values)
    except OutputTooLong as problem:
        raise InvalidField(str(problem), pointer="/body/values", code="too_long") from problem
    plain = plainly(body)
    return Preview(
        channel=channel,
        template=template,
        body=body,
        parts=count_parts(body),
        missing=missing,
        foreign=foreign_characters(body),
        plain=plain,
        plain_parts=count_parts(plain),
    )
