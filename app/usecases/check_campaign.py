"""Can a campaign be sent as it is? What it names must exist and fit together, and it must not be too late."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import InvalidField, NotFound
from app.domain.facts import Technology
from app.domain.fallback import Hop, Plan, plan_json, read_plan
from app.domain.message import Channel
from app.domain.rich import read_content
from app.domain.split import Split, Variant, read_split, split_json
from app.storage.audiences import read_audience
from app.storage.carriers import find_sender
from app.storage.database import Row, Transaction
from app.storage.pools import find_pool, members_of
from app.storage.templates import read_template, read_version
from app.usecases.audiences import whole_rule
from app.usecases.plan_ways import check_ways
from app.usecases.templates import all_texts, compiled, of_channel
from app.usecases.track_links import read_links

LONGEST_JOINING = timedelta(days=366)


async def check_campaign(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any], now: datetime) -> str:
    """The channel a campaign with these columns has. What it names must exist and fit together, and it must not be too late.

    `columns` has template_id, template_version, audience_id, sender_id, pool_id, technology, links, membership, joins_until,
    not_after and scheduled_at. Raises NotFound and InvalidField.
    """
    ids = (columns["template_id"], columns["template_version"])
    links = columns["links"]
    template = await _check_template(tx, *ids, workspace_id=workspace_id, pointer="/body", links=links)
    audience = await read_audience(tx, workspace_id=workspace_id, audience_id=columns["audience_id"])
    if audience is None:
        raise NotFound("no such audience", pointer="/body/audience_id")
    await whole_rule(tx, audience)
    await _check_senders(tx, workspace_id=workspace_id, columns=columns, channel=template["channel"])
    await _check_fallback(tx, workspace_id=workspace_id, columns=columns)
    await _check_split(tx, workspace_id=workspace_id, columns=columns, channel=template["channel"])
    _check_times(columns["not_after"], columns["scheduled_at"], now)
    _check_joining(columns, now)
    channel: str = template["channel"]
    if (channel == Channel.VOICE) == (columns["technology"] == Technology.TEXT):
        detail = f"a {channel} campaign reaches nobody by {columns['technology']}"
        raise InvalidField(detail, pointer="/body/technology", code="channel_mismatch")
    if links is not None and channel == Channel.VOICE:
        raise InvalidField("nobody follows a link in a call", pointer="/body/links", code="channel_mismatch")
    return channel


async def _check_template(
    tx: Transaction,
    template_id: UUID,
    version: int,
    *,
    workspace_id: UUID,
    pointer: str,
    links: Mapping[str, Any] | None,
    channel: str | None = None,
) -> Row:
    """The template, whose version has a text for the channel (its own without one) that can be sent."""
    template = await read_template(tx, workspace_id=workspace_id, template_id=template_id)
    if template is None:
        raise NotFound("no such template", pointer=f"{pointer}/template_id")
    found = await read_version(tx, workspace_id=workspace_id, template_id=template_id, version=version)
    if found is None:
        raise NotFound("no such version of the template", pointer=f"{pointer}/template_version")
    text = of_channel(found, template["channel"], channel or template["channel"])
    if text is None:
        detail = f"the template is for {', '.join([template['channel'], *(found['channels'] or {})])}"
        raise InvalidField(detail, pointer=f"{pointer}/template_id", code="channel_mismatch")
    compiled(text["body"], locales=text["locales"], pointer=f"{pointer}/template_version")
    if (channel or template["channel"]) != Channel.VOICE:
        read_links(all_texts(text["body"], text["locales"]), links, content=read_content(text["content"]))
    return template


async def _check_fallback(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any]) -> None:
    """Every way has a sender and a template of its channel."""
    plan = read_plan(columns.get("fallback"))
    first = {one for one in (columns["sender_id"], columns.get("pool_id")) if one is not None}
    await check_ways(tx, plan, workspace_id=workspace_id, first=first)
    for place, hop in enumerate(plan.hops if plan else ()):
        pointer = f"/body/fallback/{place}"
        assert hop.template_id is not None
        assert hop.template_version is not None
        ids, links = (hop.template_id, hop.template_version), columns["links"]
        await _check_template(tx, *ids, workspace_id=workspace_id, pointer=pointer, links=links, channel=hop.channel)


async def _check_split(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any], channel: str) -> None:
    """Two variants or more, of the campaign's channel, each with a name of its own."""
    split = read_split(columns.get("split"))
    if len(split.variants) == 1:
        raise InvalidField("one variant is no comparison", pointer="/body/split/variants", code="too_few")
    seen: set[str] = set()
    for place, variant in enumerate(split.variants):
        pointer = f"/body/split/variants/{place}"
        if variant.name in seen:
            raise InvalidField("another variant has this name", pointer=f"{pointer}/name", code="twice")
        assert variant.template_version is not None
        ids = (variant.template_id, variant.template_version)
        template = await _check_template(tx, *ids, workspace_id=workspace_id, pointer=pointer, links=columns["links"])
        if template["channel"] != channel:
            detail = f"the template is for {template['channel']}"
            raise InvalidField(detail, pointer=f"{pointer}/template_id", code="channel_mismatch")
        seen.add(variant.name)


async def with_versions(
    tx: Transaction, workspace_id: UUID, columns: Mapping[str, Any], *, own: tuple[UUID, int]
) -> dict[str, Any]:
    """The columns with a version for each template a way or variant names: the newest without one. Raises NotFound.

    `own` is the campaign's template and its version: that of a way that names none.
    """
    filled = dict(columns)
    plan: Plan | None = filled.get("fallback")
    if plan is not None:
        hops: list[Hop] = []
        for place, hop in enumerate(plan.hops):
            if hop.template_id is None:  # the campaign's own has a text for this channel
                hops.append(replace(hop, template_id=own[0], template_version=own[1]))
                continue
            pointer = f"/body/fallback/{place}/template_id"
            version = hop.template_version or await newest_version(tx, workspace_id, hop.template_id, pointer=pointer)
            hops.append(replace(hop, template_version=version))
        filled["fallback"] = plan_json(replace(plan, hops=tuple(hops)))
    split: Split | None = filled.get("split")
    if split is not None:
        variants: list[Variant] = []
        for place, one in enumerate(split.variants):
            pointer = f"/body/split/variants/{place}/template_id"
            version = one.template_version or await newest_version(tx, workspace_id, one.template_id, pointer=pointer)
            variants.append(replace(one, template_version=version))
        filled["split"] = split_json(replace(split, variants=tuple(variants)))
    return filled


async def _check_senders(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any], channel: str) -> None:
    sender = await find_sender(tx, workspace_id=workspace_id, sender_id=columns["sender_id"])
    pool = columns.get("pool_id") and await find_pool(tx, workspace_id=workspace_id, pool_id=columns["pool_id"])
    what, found = ("sender pool", pool) if columns.get("pool_id") else ("sender", sender)
    pointer = "/body/sender_pool_id" if columns.get("pool_id") else "/body/sender_id"
    if found is None:
        raise NotFound(f"no such {what}", pointer=pointer)
    if found["channel"] != channel:
        raise InvalidField(
            f"the {what} is for {found['channel']}, the template for {channel}", pointer=pointer, code="channel_mismatch"
        )


async def with_lead(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with a sender beside a pool: the lead, whose wording and rules a preflight takes. Raises NotFound."""
    filled = dict(columns)
    if filled.get("pool_id") is not None:
        members = await members_of(tx, workspace_id=workspace_id, pool_ids=[filled["pool_id"]])
        if not members:
            raise NotFound("no such sender pool", pointer="/body/sender_pool_id")
        filled["sender_id"] = max(members, key=lambda member: (member["weight"] or 0.0, member["sender_id"]))["sender_id"]
    elif filled.get("sender_id") is not None:
        filled["pool_id"] = None
    return filled


def _check_times(not_after: datetime | None, scheduled_at: datetime | None, now: datetime) -> None:
    if not_after is None:
        return
    if not_after <= now:
        raise InvalidField("lies in the past: nothing would go", pointer="/body/not_after", code="too_late")
    if scheduled_at is not None and not_after <= scheduled_at:
        raise InvalidField("lies before the scheduled launch", pointer="/body/not_after", code="too_late")


def _check_joining(columns: Mapping[str, Any], now: datetime) -> None:
    """Until when people may join: only where the audience is looked at again, and not for ever."""
    until: datetime | None = columns.get("joins_until")
    if until is None:
        return
    begins = max(now, columns["scheduled_at"] or now)
    code, detail = "", ""
    if columns.get("membership") != "live":
        code, detail = "not_live", "nobody joins a snapshot: take `membership` live"
    elif until <= begins:
        code, detail = "too_late", "lies before the launch: nobody would join"
    elif columns["not_after"] is not None and until > columns["not_after"]:
        code, detail = "too_late", "lies behind not_after: nothing would go to who joins then"
    elif until > begins + LONGEST_JOINING:
        code, detail = "too_far", f"more than {LONGEST_JOINING.days} days after the launch: the books would not close"
    if code:
        raise InvalidField(detail, pointer="/body/joins_until", code=code)


async def newest_version(tx: Transaction, workspace_id: UUID, template_id: UUID, *, pointer: str = "/body/template_id") -> int:
    """The number of a template's newest version. Raises NotFound."""
    template = await read_template(tx, workspace_id=workspace_id, template_id=template_id)
    if template is None:
        raise NotFound("no such template", pointer=pointer)
    version: int = template["version"]
    return version
