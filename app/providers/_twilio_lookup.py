"""What became of a message or call at Twilio? Asked by its id, or, where the answer with the id was lost, by number and time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from app.domain.delivery import ErrorClass, Found, Receipt, Request, Response, Sought
from app.domain.message import Channel, State
from app.providers._twilio_words import (
    CALL_STATES,
    ERROR_CODES,
    GONE_WRONG,
    MESSAGE_STATES,
    answered_by,
    call_error,
    cost,
    is_service,
    rfc2822,
    whole,
)
from app.providers._wire import items_of, json_object, text_of

_EARLIER, _LATER = timedelta(minutes=1), timedelta(minutes=5)
"""How far from the hand-over, by our clock, Twilio's own instant of a message may lie."""
_MOST_LISTED = 50


def question(sought: Sought, account_url: str, headers: Mapping[str, str]) -> Request:
    """The request that asks for one message or call by its id, or lists what went to its number since the hand-over."""
    resource = "Calls" if sought.channel is Channel.VOICE else "Messages"
    if sought.provider_message_id is not None:
        return Request("GET", f"{account_url}/{resource}/{quote(sought.provider_message_id, safe='')}.json", headers, b"")
    since = (sought.handed_over_at - _EARLIER).strftime("%Y-%m-%dT%H:%M:%SZ")
    to = f"rcs:{sought.to}" if sought.channel is Channel.RCS else sought.to
    # The parameter's name ends in ">", so that it reads as "not before".
    after = "StartTime>" if sought.channel is Channel.VOICE else "DateSent>"
    query = urlencode({"To": to, after: since, "PageSize": str(_MOST_LISTED)})
    return Request("GET", f"{account_url}/{resource}.json?{query}", headers, b"")


def finding(sought: Sought, response: Response) -> Found:
    """What the answer tells. A list may lag behind, so what it does not show may exist all the same: never absent for certain.

    Without an id every message of this text, sender, number and time is shown; which is whose, only its id tells.
    """
    if response.status != 200:
        return Found()
    answer = json_object(response.body)
    if sought.provider_message_id is not None:
        fits = answer.get("sid") == sought.provider_message_id
        return Found(receipts=tuple(_receipts([answer] if fits else [], sought, sought.reference)))
    items = items_of(answer.get("calls" if sought.channel is Channel.VOICE else "messages"))
    return Found(receipts=tuple(_receipts([item for item in items if _fits(item, sought)], sought, None)))


def _receipts(items: list[Any], sought: Sought, reference: str | None) -> list[Receipt]:
    is_call = sought.channel is Channel.VOICE
    read = [_of_call(item, reference) if is_call else _of_message(item, reference) for item in items]
    return [receipt for receipt in read if receipt.raw_status and receipt.provider_message_id]


def _fits(item: Any, sought: Sought) -> bool:
    if not isinstance(item, dict) or not text_of(item.get("direction")).startswith("outbound"):
        return False
    created = rfc2822(text_of(item.get("date_created")))
    if created is None or not sought.handed_over_at - _EARLIER <= created <= sought.handed_over_at + _LATER:
        return False
    sender = item.get("messaging_service_sid") if is_service(sought.sender) else item.get("from")
    return (
        _bare(item.get("to")) == sought.to
        and _bare(sender) == sought.sender.removeprefix("rcs:")
        and (sought.channel is Channel.VOICE or text_of(item.get("body")).strip() == text_of(sought.body).strip())
    )


def _bare(address: Any) -> str:
    return text_of(address).removeprefix("rcs:")


def _of_message(item: Mapping[str, Any], reference: str | None) -> Receipt:
    sid, word, code = text_of(item.get("sid")), text_of(item.get("status")), _code(item)
    error = ERROR_CODES.get(code, ErrorClass.UNKNOWN) if code and word in GONE_WRONG else None
    return Receipt(
        event_key=f"{sid}:{word}:{code}",
        raw_status=word,
        state=State.EXPIRED if error is ErrorClass.EXPIRED else MESSAGE_STATES.get(word),
        reference=reference,
        provider_message_id=sid,
        error=error,
        error_code=code or None,
        occurred_at=rfc2822(text_of(item.get("date_updated"))),
        price=cost(text_of(item.get("price"))),
        currency=_currency(item),
    )


def _of_call(item: Mapping[str, Any], reference: str | None) -> Receipt:
    sid, word = text_of(item.get("sid")), text_of(item.get("status"))
    return Receipt(
        event_key=f"{sid}:{word}:",
        raw_status=word,
        state=CALL_STATES.get(word),
        reference=reference,
        provider_message_id=sid,
        error=call_error(word, ""),
        occurred_at=rfc2822(text_of(item.get("date_updated"))),
        answered_by=answered_by(text_of(item.get("answered_by"))),
        duration=whole(text_of(item.get("duration"))),
        price=cost(text_of(item.get("price"))),
        currency=_currency(item),
    )


def _code(item: Mapping[str, Any]) -> str:
    code = text_of(item.get("error_code"))
    return "" if code == "0" else code


def _currency(item: Mapping[str, Any]) -> str | None:
    """The currency, where there is a price: Twilio names it even for what has cost nothing yet."""
    return text_of(item.get("price_unit")).upper() or None if cost(text_of(item.get("price"))) is not None else None
