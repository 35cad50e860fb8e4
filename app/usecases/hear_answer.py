"""Does a reply answer our request for consent? Then it does that and nothing else; too late, it is told so and does nothing."""

from datetime import timedelta

from app.domain.double_opt_in import request_text
from app.domain.keywords import Keyword, language_for
from app.domain.message import Channel, Origin, Purpose
from app.storage.database import Row, Transaction
from app.storage.opt_in_requests import last_request
from app.storage.replies import person_of
from app.storage.webhooks import note_reply
from app.usecases.accept_message import AcceptMessage, accept_message
from app.usecases.answer_reply import Heard
from app.usecases.answer_request import answer, state_of
from app.usecases.context import Context

_TELL_WITHIN = timedelta(minutes=5)


async def hear_answer(tx: Transaction, context: Context, heard: Heard, *, tells: bool) -> bool:
    """Take a yes (any "Yes please", or START) or a no to the sender's last request; False when the reply answers none.

    A yes in time is consent from the instant it was received. `tells` false: the carrier answers people itself.
    """
    agrees = heard.reading.says == "yes" or heard.reading.keyword is Keyword.START
    if heard.sender is None or not (agrees or heard.reading.says == "no"):
        return False
    request = await last_request(tx, workspace_id=heard.workspace_id, phone=heard.phone, sender_id=heard.sender["id"])
    if request is None:
        return False
    state = state_of(request, heard.now)
    if state == "expired":
        # A START is an act of its own; a bare yes meant the request, and whoever said it has to know that it came to nothing.
        if heard.reading.says != "yes":
            return False
        await _tell(tx, context, heard, request, "lapsed", tells=tells)
        return True
    if state != "asked":
        return False
    evidence = {"message": heard.inbound.body, "to": heard.inbound.to_address, "event": heard.inbound.event_key}
    found = await answer(tx, request, agrees=agrees, evidence=evidence, actor="recipient", source="inbound", now=heard.now)
    if found.state == "confirmed":
        await _tell(tx, context, heard, request, "confirmed", tells=tells)
    return True


async def _tell(tx: Transaction, context: Context, heard: Heard, request: Row, kind: str, *, tells: bool) -> None:
    if not tells or heard.sender is None:
        return
    person = await person_of(tx, workspace_id=heard.workspace_id, phone=heard.phone)
    locale, region = (person["locale"], person["region"]) if person else (None, "")
    body = request_text(
        kind,
        language=language_for(heard.reading, locale=locale, region=region),
        name=request["brand"] or heard.sender["workspace_name"],
    )
    command = AcceptMessage(
        workspace_id=heard.workspace_id,
        to=heard.phone,
        channel=Channel(heard.sender["channel"]),
        purpose=Purpose.TRANSACTIONAL,
        sender_id=heard.sender["id"],
        body=body,
        origin=Origin.REPLY,
        reply_to="START",
        not_after=heard.now + _TELL_WITHIN,
        now=heard.now,
        actor="recipient",
    )
    accepted = await accept_message(tx, context, command)
    await note_reply(tx, workspace_id=heard.workspace_id, inbound_id=heard.inbound_id, message_id=accepted.id)
