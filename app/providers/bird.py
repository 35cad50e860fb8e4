"""How is an SMS handed to Bird, and what do its answers and events mean? The platform of 2026: JSON, repeats known by our key.

Of our channels the platform sends SMS alone: its description knows no MMS and no RCS. A call is placed only along a sequence that
somebody drew and published at Bird, so there is no text or recording of ours that one could be asked to say.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Found,
    Inbound,
    InboundKind,
    Limits,
    MayHaveLeft,
    Outbound,
    Outcome,
    Receipt,
    Refused,
    Request,
    Response,
    Safety,
    Sought,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, Purpose, State
from app.domain.retry_after import retry_after_seconds
from app.ports import Account, BadCredentials, BadSignature, CredentialField
from app.providers._signatures import check_fresh, check_hmac, from_base64
from app.providers._wire import (
    JSON_HEADERS,
    base_url,
    check_credentials,
    class_of_status,
    dump,
    inner,
    instant,
    json_object,
    plus,
    reference_in,
    text_of,
    unsettled,
)

_NOT_EXECUTED = "E01033"  # a 503 that promises that nothing was done

# The API's own codes, the names it gives to what a text may be refused for, and a message's `error.code` when it fails.
_CODES: dict[str, ErrorClass] = {
    "E01003": ErrorClass.THROTTLED,
    "E01005": ErrorClass.DUPLICATE,  # the key was used: the message went, if with other words
    _NOT_EXECUTED: ErrorClass.PROVIDER_TEMPORARY,
    "SMSInvalidRecipient": ErrorClass.INVALID_NUMBER,
    "SMSNoEligibleSender": ErrorClass.SENDER_CONFIG,
    "SMSSenderNotConfigured": ErrorClass.SENDER_CONFIG,
    "SMSSenderReserved": ErrorClass.SENDER_CONFIG,
    "SenderCategoryNotPermitted": ErrorClass.SENDER_CONFIG,
    "SMSUnsupportedFeature": ErrorClass.INVALID_REQUEST,
    "blocked_by_carrier": ErrorClass.SPAM_FILTERED,
    "blocked_by_fraud_protection": ErrorClass.SPAM_FILTERED,
    "blocked_by_recipient": ErrorClass.BLOCKED,
    "content_rejected": ErrorClass.CONTENT_REJECTED,
    "insufficient_balance": ErrorClass.ACCOUNT,
    "invalid_destination": ErrorClass.INVALID_NUMBER,
    "landline_unreachable": ErrorClass.LANDLINE,
    "provider_unavailable": ErrorClass.PROVIDER_TEMPORARY,
    "recipient_opted_out": ErrorClass.OPTED_OUT,
    "sender_unregistered": ErrorClass.SENDER_CONFIG,
    "unreachable": ErrorClass.TEMPORARILY_UNREACHABLE,
}
_STATES: Mapping[str, State] = {
    "accepted": State.SUBMITTED,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
    "failed": State.FAILED,
    "rejected": State.FAILED,
    "expired": State.EXPIRED,
}
_GONE_WRONG = frozenset({"undelivered", "failed", "rejected"})
_CATEGORIES = {Purpose.MARKETING: "marketing", Purpose.TRANSACTIONAL: "transactional"}
# Consent that was granted or forgotten at Bird is no word of the person's to us: only a no counts from afar.
_SAYS_NOTHING = frozenset({"preference.granted", "preference.deleted"})

_SECRET = r"^whsec_[A-Za-z0-9+/]{16,200}={0,2}$"  # noqa: S105  # a form, not a secret
_KEY = CredentialField("api_key", "API key of the workspace", r"^bk_[\x21-\x7e]{8,500}$")
_SIGNING = CredentialField("webhook_secret", "Signing secret of the webhook", _SECRET)
_PREVIOUS = CredentialField("previous_webhook_secret", "Signing secret being rotated out", _SECRET, required=False)


class Bird:
    """One workspace at Bird. Raises BadCredentials for a missing, malformed or unknown credential, or an unusable base URL."""

    kind: ClassVar[str] = "bird"
    title: ClassVar[str] = "Bird"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    default_base_url: ClassVar[str] = "https://us1.platform.bird.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (_KEY, _SIGNING, _PREVIOUS)
    error_codes: ClassVar[Mapping[str, ErrorClass]] = _CODES
    # A key is kept for three hours.
    safety: ClassVar[Mapping[Channel, Safety]] = {Channel.SMS: Safety.OWN_ID}
    # Twelve parts. A validity is in its API and refused by it, so none is asked for.
    limits: ClassVar[Mapping[Channel, Limits]] = {Channel.SMS: Limits(text=1_836)}
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Bird", given, self.credential_fields)
        # A key names its region, and is known in that region only.
        region = re.match(r"bk_([a-z]{2}\d)_", given["api_key"])
        own = f"https://{region[1]}.platform.bird.com" if region else self.default_base_url
        self._url = f"{base_url(account, own)}/v1/sms/messages"
        self._headers = {**JSON_HEADERS, "authorization": f"Bearer {given['api_key']}"}
        self._secrets = tuple(_key_of(given, name) for name in ("webhook_secret", "previous_webhook_secret") if name in given)

    def build_request(self, outbound: Outbound) -> Request:
        """One POST. Events go to the workspace's webhook, so our reference travels as metadata, which they echo."""
        message = {
            "to": outbound.to,
            "from": outbound.sender,
            "text": outbound.body,
            "category": _CATEGORIES[outbound.purpose],
            "metadata": {"reference": outbound.reference},
        }
        return Request("POST", self._url, {**self._headers, "idempotency-key": outbound.own_id}, dump(message))

    def read_response(self, response: Response) -> Outcome:
        """What Bird's answer means. A 5xx may have been acted on, but for the one that promises it was not."""
        answer, status = json_object(response.body), response.status
        if 200 <= status < 300:
            return _read_yes(status, answer)
        told = answer["error"] if isinstance(answer.get("error"), dict) else answer  # Bird's own client reads a bare one too
        code, name = (text_of(told.get(key)) for key in ("code", "name"))
        not_executed = status == 503 and code == _NOT_EXECUTED
        open_end = unsettled(response)
        if open_end is not None and not not_executed:
            return open_end
        said = name if name in _CODES else code or text_of(told.get("type")) or f"http_{status}"
        if status == 409 and said not in _CODES:  # the first request with this key is at work: what comes of it is not known yet
            return MayHaveLeft(f"Bird answered 409 with {said}"[:200])
        error = _CODES.get(said) or class_of_status(status)
        return Refused(error, said, f"Bird answered {status} with {said}"[:200], retry_after_seconds(response.headers))

    def build_lookup(self, sought: Sought) -> Request | None:
        """The message by its id. Where no id came the request is repeated, which is safe."""
        if sought.provider_message_id is None:
            return None
        return Request("GET", f"{self._url}/{quote(sought.provider_message_id, safe='')}", self._headers, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """The message as it is now; any other answer says nothing."""
        answer = json_object(response.body)
        message_id, word = text_of(answer.get("id")), text_of(answer.get("status"))
        if response.status != 200 or not message_id or not word:
            return Found()
        key = f"{message_id}:{word}"
        return Found(receipts=(_receipt(key, message_id, word, answer, reference=sought.reference, occurred_at=None),))

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """One event a call: of a message, a text to one of our numbers, or somebody's no; anything else signed is unread."""
        key = self._verified(request)
        event = json_object(request.body)
        kind, data = text_of(event.get("type")), event.get("data")
        if not isinstance(data, dict):
            return WebhookReading(unread=1)
        channel, _, word = kind.partition(".")
        if kind == "sms.received":
            return _inbound(key, data)
        if kind in {"preference.revoked", "sms_suppression.created"}:
            return _notice(key, data)
        if kind in _SAYS_NOTHING:
            return WebhookReading()
        message_id = text_of(data.get("sms_id"))
        if channel != "sms" or not word or not message_id:
            return WebhookReading(unread=1)
        reference = text_of(inner(data, "metadata", "reference")) or reference_in(request.query)
        receipt = _receipt(key, message_id, word, data, reference=reference, occurred_at=event.get("timestamp"))
        return WebhookReading(receipts=(receipt,))

    def _verified(self, request: WebhookRequest) -> str:
        """The id of an event proven to be Bird's: Standard Webhooks, version 1. Raises BadSignature."""
        key, stamp = (request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp"))
        if not key or not stamp:
            raise BadSignature("no id or no time")
        if not (stamp.isascii() and stamp.isdigit()):
            raise BadSignature("the signed time is no whole number of seconds")
        signed = f"{key}.{stamp}.".encode("utf-8", "replace") + request.body
        for entry in request.headers.get("webhook-signature", "").split():
            version, _, given = entry.partition(",")
            if version == "v1" and self._signed(given, signed):
                check_fresh(stamp, request.received_at)
                return key
        raise BadSignature("the signature is missing or not this account's")

    def _signed(self, given: str, signed: bytes) -> bool:
        try:
            check_hmac(from_base64(given), signed, self._secrets, "sha256")
        except BadSignature:
            return False  # several may be listed while a secret is rotated
        return True


def _key_of(given: Mapping[str, str], name: str) -> bytes:
    try:
        return base64.b64decode(given[name].removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise BadCredentials(name, f"{name} is whsec_ and base64") from error


def _failure(told: Mapping[str, Any]) -> tuple[ErrorClass, str | None]:
    code = text_of(inner(told.get("error"), "code"))
    return _CODES.get(code, ErrorClass.UNKNOWN), code or None


def _read_yes(status: int, answer: Mapping[str, Any]) -> Outcome:
    message_id, word = text_of(answer.get("id")), text_of(answer.get("status"))
    if not message_id:
        return MayHaveLeft(f"HTTP {status} without a message id")
    if word in _GONE_WRONG:
        error, code = _failure(answer)
        return Refused(error, code or word, f"Bird gave up at once with {code or word}"[:200])
    return Accepted(message_id)


def _receipt(
    key: str, message_id: str, word: str, told: Mapping[str, Any], *, reference: str | None, occurred_at: Any
) -> Receipt:
    error, code = _failure(told)
    if word == "expired":
        error = ErrorClass.EXPIRED
    return Receipt(
        event_key=key,
        raw_status=word,
        state=_STATES.get(word),
        reference=reference,
        provider_message_id=message_id,
        error=error if word in _GONE_WRONG or word == "expired" else None,
        error_code=code,
        occurred_at=instant(occurred_at),
        network=text_of(told.get("mcc_mnc")) or None,
    )


def _inbound(key: str, data: Mapping[str, Any]) -> WebhookReading:
    message_id, sender = text_of(data.get("sms_id")) or key, plus(data.get("from"))
    if not sender or not isinstance(data.get("text", data.get("body")) or "", str):  # pictures alone come without a text
        return WebhookReading(unread=1)
    said = Inbound(
        event_key=key,
        provider_message_id=message_id,
        from_number=sender,
        to_address=plus(data.get("to")),
        body=text_of(data.get("text", data.get("body"))),
        channel=Channel.SMS,
    )
    return WebhookReading(inbound=(said,))


def _notice(key: str, data: Mapping[str, Any]) -> WebhookReading:
    """Somebody's no, kept in a list of Bird's: to one of our senders, or to all where none is named."""
    if text_of(data.get("channel")) not in {"", "sms"}:
        return WebhookReading()
    sender = plus(data.get("handle") or data.get("destination"))
    if not sender:
        return WebhookReading(unread=1)
    said = Inbound(
        event_key=key,
        provider_message_id=key,
        from_number=sender,
        to_address=plus(data.get("sender_scope") or data.get("originator")),
        body="STOP",
        channel=Channel.SMS,
        keyword="STOP",
        kind=InboundKind.NOTICE,
    )
    return WebhookReading(inbound=(said,))
