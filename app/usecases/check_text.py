"""What would the rules say of this text, read in these regions? For whoever writes it, before anyone is chosen to read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.advice import Advice, advice_on
from app.domain.decision import Objection, Rule, decide
from app.domain.errors import NotFound
from app.domain.facts import Facts, NumberFacts, NumberKind
from app.domain.foreign_characters import Foreign, foreign_characters
from app.domain.message import Channel, Purpose
from app.domain.parts import PartCount, count_parts
from app.domain.registration import wording_of
from app.domain.rulebook import of_family
from app.domain.wording import Wording
from app.storage.database import Transaction
from app.storage.lanes import read_sender
from app.usecases.compose import Composer
from app.usecases.context import Context
from app.usecases.gather_facts import Terms, technology_of
from app.usecases.policies import read_policy
from app.usecases.sender_standing import standing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a text would be read: where, why it goes, whose it is, and from what sender (None: one that can be answered)."""

    regions: Sequence[str]
    purpose: Purpose = Purpose.MARKETING
    brand: str = ""
    sender_id: UUID | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A text in one region: what would be sent, its parts, what keeps it out of GSM-7, the rules that object, and advice."""

    region: str
    body: str
    parts: PartCount
    foreign: Foreign
    objections: tuple[Objection, ...]
    advice: tuple[Advice, ...]


async def check_text(
    tx: Transaction, context: Context, *, workspace_id: UUID, channel: Channel, body: str, reading: Reading, now: datetime
) -> list[Checked]:
    """One text as it would be sent to each region, and what the rules on content say. Raises NotFound for an unknown sender."""
    policy = await read_policy(tx, workspace_id=workspace_id, now=now)
    wording, sender = Wording(brand=reading.brand or policy.name, adds=policy.adds_wording), None
    if reading.sender_id is not None:
        row = await read_sender(tx, workspace_id=workspace_id, sender_id=reading.sender_id)
        if row is None:
            raise NotFound("no such sender", pointer="/body/sender_id")
        registration = row["registration"]
        wording = wording_of(row["kind"], row["address"], registration, brand=wording.brand, adds=policy.adds_wording)
        sender = standing_of(context.provider_kinds, row)
    terms = Terms(
        channel=channel,
        purpose=reading.purpose,
        market=policy.market,
        technology=technology_of("", channel),
        brand=reading.brand,
        wording=wording,
        sender=sender,
    )
    composer = Composer(context.rules, terms, now=now)
    rules = of_family(context.rules, "content")
    found: list[Checked] = []
    foreign: dict[str, Foreign] = {}  # most places read the same
    for region in reading.regions:
        country, _, inner = region.partition("-")
        places = [{"region": region}] if inner else None
        text, content = composer.finish(body, {"phone": "", "region": country, "places": places, "locale": reading.locale})
        reader = NumberFacts("", country, NumberKind.MOBILE, (), inner)
        facts = Facts(
            now=now,
            number=reader,
            channel=channel,
            purpose=reading.purpose,
            market=policy.market,
            technology=terms.technology,
            brand=reading.brand,
            content=content,
            sender=sender,
        )
        if text not in foreign:
            foreign[text] = foreign_characters(text)
        found.append(_checked(rules, region, text, foreign[text], facts))
    return found


def _checked(rules: Iterable[Rule], region: str, text: str, foreign: Foreign, facts: Facts) -> Checked:
    return Checked(
        region=region,
        body=text,
        parts=count_parts(text),
        foreign=foreign,
        objections=decide(facts, rules).reasons,
        advice=advice_on(facts),
    )
