"""What does a person hear back? Each word is answered once by the sender it came to, at any hour, and never with marketing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.delivery import Inbound
from app.domain.keywords import Reading, language_for
from app.domain.message import Channel, Origin, Purpose
from app.domain.reply_texts import reply_text
from app.storage.database import Row, Transaction
from app.storage.replies import person_of, was_told
from app.storage.webhooks import note_reply
from app.usecases.accept_message import AcceptMessage, accept_message
from app.usecases.context import Context

# 47 CFR 64.1200(a)(12): one confirmation, within five minutes, without marketing.
_CONFIRM_WITHIN = timedelta(minutes=5)
_HELP_WITHIN = timedelta(hours=1)
# Kind of answer -> the word it answers, and how long it is worth sending.
_ANSWERS = {
    "stop": ("STOP", _CONFIRM_WITHIN),
    "narrowed": ("PROMO", _CONFIRM_WITHIN),
    "start": ("START", _CONFIRM_WITHIN),
    "help": ("HELP", _HELP_WITHIN),
    "who": ("WHO", _HELP_WITHIN),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One text, tap or key taken in: from whom, to which sender of ours (None when we know of none), and how it was read.

    `message` is what it answers, where it names one.
    """

    workspace_id: UUID
    inbound_id: UUID
    phone: str
    inbound: Inbound
    sender: Row | None
    reading: Reading
    now: datetime
    message: Row | None = None


async def answer_reply(tx: Transaction, context: Context, heard: Heard, kind: str, *, asks: bool = False) -> None:
    """Answer a text, in the language of its word or of the person. `asks` asks what a STOP is meant to reach.

    Nothing is said twice: a STOP is confirmed once until the person has said yes again, and who asks who we are is told once.
    """
    if heard.sender is None:
        return
    reply_to, within = _ANSWERS[kind]
    if kind in {"stop", "who"} and await was_told(
        tx,
        workspace_id=heard.workspace_id,
        phone=heard.phone,
        sender_id=heard.sender["id"],
        reply_to=reply_to,
        since_yes=kind == "stop",
    ):
        return
    person = await person_of(tx, workspace_id=heard.workspace_id, phone=heard.phone)
    locale, region = (person["locale"], person["region"]) if person else (None, "")
    body = reply_text(
        kind,
        language=language_for(heard.reading, locale=locale, region=region),
        name=heard.sender["workspace_name"],
        contact=(heard.sender["registration"] or {}).get("identification") or "",
        asks=asks,
    )
    command = AcceptMessage(
        workspace_id=heard.workspace_id,
        to=heard.phone,
        channel=Channel(heard.sender["channel"]),
        purpose=Purpose.TRANSACTIONAL,
        sender_id=heard.sender["id"],
        body=body,
        origin=Origin.REPLY,
        reply_to=reply_to,
        not_after=heard.now + within,
        now=heard.now,
        actor="recipient",
    )
    accepted = await accept_message(tx, context, command)
    await note_reply(tx, workspace_id=heard.workspace_id, inbound_id=heard.inbound_id, message_id=accepted.id)
