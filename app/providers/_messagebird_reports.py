"""What does MessageBird tell of a message or of a person? Status reports as queries, texts as forms, and their words for both."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.delivery import AnsweredBy, ErrorClass, Inbound, Receipt, WebhookReading, WebhookRequest
from app.domain.message import Channel, State
from app.domain.rich import Media
from app.ports import BadSignature
from app.providers._wire import inner, instant, json_object, plus, read_form, reference_in, text_of

# The last four are a spoken message's: a call that was answered has been heard, by whom is said beside.
_STATES: Mapping[str, State] = {
    "scheduled": State.SUBMITTED,
    "calling": State.SUBMITTED,
    "sent": State.SENT,
    "buffered": State.SENT,
    "delivered": State.DELIVERED,
    "expired": State.EXPIRED,
    "delivery_failed": State.UNDELIVERED,
    "answered": State.DELIVERED,
    "machine": State.DELIVERED,
    "busy": State.UNDELIVERED,
    "failed": State.FAILED,
}
_ANSWERED: Mapping[str, AnsweredBy] = {"answered": AnsweredBy.HUMAN, "machine": AnsweredBy.MACHINE}
_GONE_WRONG = frozenset({State.UNDELIVERED, State.FAILED})

DELIVERY_CODES: Mapping[str, ErrorClass] = {
    "1": ErrorClass.INVALID_NUMBER,
    "2": ErrorClass.NOT_IN_SERVICE,  # 2 and 3: no line is active under that number, as far as the networks on the way know
    "3": ErrorClass.NOT_IN_SERVICE,
    "5": ErrorClass.INVALID_NUMBER,
    "6": ErrorClass.TEMPORARILY_UNREACHABLE,
    "11": ErrorClass.CAPABILITY_MISSING,
    "13": ErrorClass.BLOCKED,
    "27": ErrorClass.TEMPORARILY_UNREACHABLE,
    "31": ErrorClass.TEMPORARILY_UNREACHABLE,
    "33": ErrorClass.TEMPORARILY_UNREACHABLE,
    "34": ErrorClass.PROVIDER_TEMPORARY,
    "103": ErrorClass.OPTED_OUT,
    "104": ErrorClass.SENDER_CONFIG,  # the sender is not registered there
}
"""`statusErrorCode`: what the network said (the numbers of GSM MAP), and from 100 on what MessageBird's own lists did."""


def failure_of(code: str) -> tuple[ErrorClass, str | None]:
    """The class of a delivery's code, and the code; 0 and nothing are no code."""
    told = "" if code == "0" else code
    return DELIVERY_CODES.get(told, ErrorClass.UNKNOWN), told or None


def item_receipt(provider_message_id: str, item: Mapping[str, Any], reference: str | None) -> Receipt | None:
    """What a message's own page says of one recipient; None where it says nothing."""
    word = text_of(item.get("status"))
    if not word:
        return None
    told = {
        "recipient": text_of(item.get("recipient")),
        "statusErrorCode": text_of(item.get("statusErrorCode")),
        "statusDatetime": text_of(item.get("statusDatetime")),
        "price[amount]": text_of(inner(item.get("price"), "amount")),
        "price[currency]": text_of(inner(item.get("price"), "currency")),
    }
    return _receipt(provider_message_id, word, told, reference, recipient=None)


def read_call(request: WebhookRequest, *, nonce: str) -> WebhookReading:
    """A verified call: a status report in its query, or a text in its form or its JSON."""
    pairs = _pairs(request)
    fields = {name: value.replace("\0", "") for name, value in pairs}
    word, message_id = fields.get("status", ""), fields.get("id") or fields.get("mid") or ""
    if message_id and word:
        many = "many" in fields
        number = fields.get("recipient", "").strip().removeprefix("+")
        known_as = f"{message_id}:{number}" if many else message_id
        reference = reference_in(request.query) or fields.get("reference") or None
        recipient = plus(number) if many else None
        return WebhookReading(receipts=(_receipt(known_as, word, fields, reference, recipient=recipient),), nonce=nonce)
    if message_id and fields.keys() & {"originator", "sender"} and fields.keys() & {"body", "message"}:
        media = tuple(Media(url=value) for name, value in pairs if name.lower().startswith("mediaurls") and value)
        return WebhookReading(inbound=(_inbound(message_id, fields, media),), nonce=nonce)
    return WebhookReading(unread=1, nonce=nonce)


def _pairs(request: WebhookRequest) -> list[tuple[str, str]]:
    """What a call says, by name; nothing where it is signed and yet no form."""
    told = json_object(request.body)
    try:
        asked = read_form(request.query.encode("ascii", "replace"))
        posted = [] if told else read_form(request.body)
    except BadSignature:
        return []
    listed = [(name, text_of(one)) for name, value in told.items() for one in (value if isinstance(value, list) else [value])]
    return [*asked, *posted, *listed]


def _receipt(
    provider_message_id: str, word: str, told: Mapping[str, str], reference: str | None, *, recipient: str | None
) -> Receipt:
    state = _STATES.get(word)
    error, code = failure_of(told.get("statusErrorCode", ""))
    if state is State.EXPIRED:
        error = ErrorClass.EXPIRED
    number = told.get("recipient", "").strip().removeprefix("+")
    price = _amount(told.get("price[amount]", ""))
    return Receipt(
        event_key=f"{provider_message_id.partition(':')[0]}:{number}:{word}:{code or ''}",
        raw_status=word,
        state=state,
        reference=reference,
        provider_message_id=provider_message_id,
        recipient=recipient,
        error=error if state in _GONE_WRONG or state is State.EXPIRED else None,
        error_code=code,
        occurred_at=instant(told.get("statusDatetime", "").replace(" ", "+")),
        answered_by=_ANSWERED.get(word),
        price=price,
        currency=(told.get("price[currency]") or None) if price is not None else None,
        network=told.get("mccmnc") or None,
    )


def _amount(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 10**6 else None


def _inbound(message_id: str, fields: Mapping[str, str], media: tuple[Media, ...]) -> Inbound:
    return Inbound(
        event_key=message_id,
        provider_message_id=message_id,
        from_number=plus(fields.get("originator") or fields.get("sender")),
        to_address=plus(fields.get("recipient") or fields.get("shortcode")),
        body=fields.get("body") or fields.get("message") or "",
        channel=Channel.MMS if media else Channel.SMS,
        media=media,
    )
