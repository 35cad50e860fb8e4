"""How does a campaign look on one's own phone? Its text to a few numbers, at once, kept apart from the campaign's books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import InvalidField, TooMany
from app.domain.message import Channel, Origin, Purpose, State
from app.domain.number import number_facts
from app.domain.registration import wording_of
from app.domain.rich import Content, read_content
from app.domain.rich_template import RichTemplate
from app.domain.template import MissingField, OutputTooLong, Template
from app.storage.contacts import read_contact_by_phone
from app.storage.database import Row, Transaction
from app.storage.lanes import read_sender
from app.storage.messages import count_tested
from app.storage.numbers import ensure_numbers
from app.storage.suppressions import read_suppressions
from app.storage.templates import read_version
from app.usecases.accept_message import AcceptedMessage, AcceptMessage, accept_message
from app.usecases.campaigns import found_campaign
from app.usecases.compose import Composer
from app.usecases.context import Context
from app.usecases.gather_facts import Terms, technology_of
from app.usecases.merge_values import values_for
from app.usecases.opt_out_link import opt_out_writer
from app.usecases.policies import read_policy
from app.usecases.templates import all_texts, compiled, compiled_content
from app.usecases.track_links import Tracking, keep_codes, open_links, read_links

MOST_TESTED = 50
"""Numbers a workspace may test on in a day: a test needs no consent, and must not become the way around it."""
_A_DAY = timedelta(days=1)
_VALID_FOR = timedelta(hours=1)  # a test that comes tomorrow confuses more than it tells


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSent:
    """What became of one number. `message_id` is None when the number is suppressed: nothing was written for it."""

    to: str
    message_id: UUID | None
    state: State
    reason: str
    body: str
    parts: int


async def _check_tested(tx: Transaction, workspace_id: UUID, to: Sequence[str], now: datetime) -> None:
    """Raises TooMany where these would be more numbers than a day allows."""
    tested = await count_tested(tx, workspace_id=workspace_id, besides=to, since=now - _A_DAY)
    if tested > MOST_TESTED:
        raise TooMany(f"tests go to {MOST_TESTED} numbers a day", pointer="/body/to", code="too_many_tests")


async def _silent(tx: Transaction, campaign: Row, to: Sequence[str], now: datetime) -> dict[str, str]:
    """Why each of the numbers gets no test, "" for those that do."""
    workspace_id = campaign["workspace_id"]
    # An erased number has its noes under another name until it comes back: it comes back here.
    await ensure_numbers(tx, workspace_id=workspace_id, numbers=[number_facts(phone) for phone in to], now=now)
    return {phone: _binding(await read_suppressions(tx, workspace_id=workspace_id, phones=[phone]), campaign) for phone in to}


def _binding(suppressions: Sequence[Row], campaign: Row) -> str:
    """The reason of a suppression that binds the campaign's real messages, and so its tests; "" without one.

    A test goes as transactional, which a marketing opt-out would let pass; whoever opted out is not to be tested on either.
    """
    for row in suppressions:
        applies = row["scope"] == "all" or campaign["purpose"] == Purpose.MARKETING
        if applies and row["channel"] in {"", campaign["channel"]}:
            return f"suppress.{row['reason']}"
    return ""


def _render(template: Template, values: Mapping[str, Any]) -> str:
    try:
        body, missing = template.render_marked(values)
    except OutputTooLong as problem:
        raise InvalidField(str(problem), pointer="/body/values", code="too_long") from problem
    if missing:
        raise InvalidField(f"give a value for {', '.join(missing)}", pointer="/body/values", code="missing_value")
    if not body.strip():
        raise InvalidField("the text is empty for these values", pointer="/body/values", code="empty")
    return body


async def _terms(tx: Transaction, campaign: Row, now: datetime) -> Terms:
    """The campaign's own side of its texts: a test shows what its audience would read."""
    sender = await read_sender(tx, workspace_id=campaign["workspace_id"], sender_id=campaign["sender_id"])
    assert sender is not None
    policy = await read_policy(tx, workspace_id=campaign["workspace_id"], now=now)
    channel = Channel(campaign["channel"])
    return Terms(
        channel=channel,
        purpose=Purpose(campaign["purpose"]),
        market=policy.market,
        technology=technology_of(campaign["technology"], channel),
        wording=wording_of(
            sender["kind"],
            sender["address"],
            sender["registration"],
            brand=campaign["brand"] or policy.name,
            adds=policy.adds_wording,
        ),
    )


async def send_test(
    tx: Transaction,
    context: Context,
    *,
    workspace_id: UUID,
    campaign_id: UUID,
    to: Sequence[str],
    values: Mapping[str, Any],
    now: datetime,
    actor: str,
) -> list[TestSent]:
    """Send a campaign's text to these E.164 numbers, rendered for each one's contact with `values` over it.

    Needs no consent, obeys every suppression, and touches neither the campaign's recipients nor its books. Raises NotFound,
    InvalidField when a value is missing, and TooMany.
    """
    campaign = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    version = await read_version(
        tx, workspace_id=workspace_id, template_id=campaign["template_id"], version=campaign["template_version"]
    )
    assert version is not None
    template = compiled(version["body"], locales=version["locales"], pointer="/path/campaign_id")
    rich = compiled_content(version["content"], locales=version["locales"], pointer="/path/campaign_id")
    composer = Composer(context.rules, await _terms(tx, campaign, now), now=now)
    tracking = await _tracking(tx, context, campaign, version, now)
    opt_out = opt_out_writer(
        context, workspace_id=workspace_id, sources=(version["body"], version["content"], version["locales"])
    )
    sent: list[TestSent] = []
    silent = await _silent(tx, campaign, to, now)
    await _check_tested(tx, workspace_id, [phone for phone in to if not silent[phone]], now)
    for phone in to:
        if reason := silent[phone]:
            sent.append(TestSent(to=phone, message_id=None, state=State.SUPPRESSED, reason=reason, body="", parts=0))
            continue
        contact = await read_contact_by_phone(tx, workspace_id=workspace_id, phone=phone)
        reader = contact or {"attributes": None, "phone": phone, "locale": None}
        known = values_for(reader, opt_out=opt_out)
        marked = tracking.mark(_render(template, {**known, **values}))
        body, codes = tracking.fill(composer.finish(marked.text, _reader(phone, contact), behind=marked.behind)[0], marked)
        beside, more = tracking.fill_content(_beside(rich, {**known, **values}))
        command = AcceptMessage(
            workspace_id=workspace_id,
            to=phone,
            channel=Channel(campaign["channel"]),
            purpose=Purpose.TRANSACTIONAL,
            sender_id=campaign["sender_id"],
            body=body,
            content=beside,
            origin=Origin.TEST,
            not_after=now + _VALID_FOR,
            now=now,
            actor=actor,
        )
        accepted = await accept_message(tx, context, command)
        own = [(accepted.id, coded) for coded in (*codes, *more)]
        await keep_codes(tx, tracking, workspace_id=workspace_id, codes=own, now=now)
        sent.append(_sent(accepted))
    return sent


async def _tracking(tx: Transaction, context: Context, campaign: Row, version: Row, now: datetime) -> Tracking:
    """The campaign's short links: what a test's reader does with them counts for no campaign."""
    content, own = read_content(version["content"]), context.settings.links_begin
    texts = all_texts(version["body"], version["locales"])
    tracking = read_links(texts, campaign["links"], content=content, own=own, pointer="/path/campaign_id")
    return await open_links(tx, tracking, workspace_id=campaign["workspace_id"], campaign_id=campaign["id"], now=now)


def _reader(phone: str, contact: Row | None) -> dict[str, Any]:
    """Whom the text is completed for."""
    locale, places = (contact["locale"], contact["places"]) if contact else (None, None)
    return {"phone": phone, "region": number_facts(phone).region, "locale": locale, "places": places}


def _beside(rich: RichTemplate, values: Mapping[str, Any]) -> Content:
    try:
        return rich.render(values)
    except MissingField as problem:
        raise InvalidField(f"give a value for {problem.name}", pointer="/body/values", code="missing_value") from problem
    except OutputTooLong as problem:
        raise InvalidField(str(problem), pointer="/body/values", code="too_long") from problem


def _sent(accepted: AcceptedMessage) -> TestSent:
    row = accepted.row
    return TestSent(
        to=row["phone"],
        message_id=accepted.id,
        state=accepted.state,
        reason=accepted.reason,
        body=row["body"],
        parts=row["parts"],
    )
