"""How does a carrier join Tactful? All of one: an invented Acme, whose API takes JSON and signs what it posts back.

Copied to `app/providers/acme.py` it is installed; nothing else is edited: tests/usecases/test_drop_in_provider.py does just that.
"""

from collections.abc import Mapping
from typing import ClassVar

from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Inbound,
    Limits,
    MayHaveLeft,
    Outbound,
    Outcome,
    Receipt,
    Refused,
    Request,
    Response,
    Safety,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.domain.retry_after import retry_after_seconds
from app.ports import Account, CredentialField
from app.providers import _signatures, _wire

_STATES = {"queued": State.SUBMITTED, "sent": State.SENT, "delivered": State.DELIVERED, "failed": State.FAILED}


class Acme:
    """One account of Acme. Raises BadCredentials."""

    kind: ClassVar[str] = "acme"
    title: ClassVar[str] = "Acme"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    default_base_url: ClassVar[str] = "https://api.acme.example"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("api_key", "API key", _wire.VISIBLE),
        CredentialField("signing_secret", "Secret that signs webhooks", _wire.VISIBLE),
    )
    # What each refusal means decides what becomes of the message (app/domain/lifecycle.py).
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {
        "stopped": ErrorClass.OPTED_OUT,
        "no_such_number": ErrorClass.INVALID_NUMBER,
    }
    # Acme knows a repeat by our id, so a lost answer is asked for again with the same one.
    safety: ClassVar[Mapping[Channel, Safety]] = {Channel.SMS: Safety.OWN_ID}
    limits: ClassVar[Mapping[Channel, Limits]] = {Channel.SMS: Limits(text=1_600, validity=(60, 86_400))}
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        _wire.check_credentials(self.title, account.credentials, self.credential_fields)
        self._url = _wire.base_url(account, self.default_base_url) + "/messages"
        self._headers = {**_wire.JSON_HEADERS, "authorization": f"Bearer {account.credentials['api_key']}"}
        self._secret = account.credentials["signing_secret"].encode()

    def build_request(self, outbound: Outbound) -> Request:
        """One JSON POST."""
        body = {"to": outbound.to, "from": outbound.sender, "text": outbound.body, "callback": outbound.callback_url}
        if outbound.validity is not None:
            body["ttl"] = str(self.limits[Channel.SMS].clamp(outbound.validity))
        return Request("POST", self._url, {**self._headers, "idempotency-key": outbound.own_id}, _wire.dump(body))

    def read_response(self, response: Response) -> Outcome:
        """A yes has an id, a no has a code; anything else may have been acted on."""
        neither = _wire.unsettled(response)
        if neither is not None:
            return neither
        answer = _wire.json_object(response.body)
        if response.status < 300:
            found = _wire.text_of(answer.get("id"))
            return Accepted(found) if found else MayHaveLeft("a yes without an id")
        code = _wire.text_of(answer.get("code")) or f"http_{response.status}"
        error = self.error_codes.get(code) or _wire.class_of_status(response.status)
        return Refused(error, code, f"Acme answered {code}", retry_after_seconds(response.headers))

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """First the proof, then the content: receipts, and what people write. Raises BadSignature."""
        given = _signatures.from_base64(request.headers.get("acme-signature", ""))
        _signatures.check_hmac(given, request.body, [self._secret], "sha256")
        event = _wire.json_object(request.body)
        message_id, status = _wire.text_of(event.get("id")), _wire.text_of(event.get("status"))
        if message_id and status:
            receipt = Receipt(
                event_key=f"{message_id}:{status}",
                raw_status=status,
                state=_STATES.get(status),
                reference=_wire.reference_in(request.query),
                provider_message_id=message_id,
            )
            return WebhookReading(receipts=(receipt,))
        if message_id and isinstance(event.get("text"), str):
            inbound = Inbound(
                event_key=message_id,
                provider_message_id=message_id,
                from_number=_wire.text_of(event.get("from")),
                to_address=_wire.text_of(event.get("to")),
                body=_wire.text_of(event["text"]),
                channel=Channel.SMS,
            )
            return WebhookReading(inbound=(inbound,))
        return WebhookReading(unread=1)
