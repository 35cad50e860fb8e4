"""How are texts, pictures and spoken words handed to MessageBird, and what comes back? Its REST API, older than Bird's."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from app.domain.delivery import (
    Accepted,
    Batch,
    ErrorClass,
    Found,
    Limits,
    MayHaveLeft,
    Outbound,
    Outcome,
    Refused,
    Request,
    Response,
    Safety,
    Sought,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel
from app.domain.retry_after import retry_after_seconds
from app.domain.voice_script import split_script
from app.ports import Account, BadSignature, CredentialField
from app.providers._messagebird_reports import DELIVERY_CODES, failure_of, item_receipt, read_call
from app.providers._signatures import check_hash, read_jwt
from app.providers._wire import (
    JSON_HEADERS,
    VISIBLE,
    base_url,
    check_credentials,
    class_of_status,
    digits,
    dump,
    inner,
    items_of,
    json_object,
    text_of,
    unsettled,
)

# Codes of the API's own refusals. 98 and 99 are faults of theirs.
_API_CODES: dict[str, ErrorClass] = {
    "2": ErrorClass.ACCOUNT,
    "9": ErrorClass.CONTENT_REJECTED,
    "10": ErrorClass.CONTENT_REJECTED,
    "20": ErrorClass.INVALID_REQUEST,
    "21": ErrorClass.INVALID_REQUEST,
    "25": ErrorClass.ACCOUNT,
    "98": ErrorClass.PROVIDER_TEMPORARY,
    "99": ErrorClass.PROVIDER_TEMPORARY,
}
# A parameter that is missing or wrong (9, 10) tells more than the code does.
_BY_PARAMETER: Mapping[str, ErrorClass] = {
    "recipient": ErrorClass.INVALID_NUMBER,
    "recipients": ErrorClass.INVALID_NUMBER,
    "originator": ErrorClass.SENDER_CONFIG,
}
_PATHS: Mapping[Channel, str] = {Channel.SMS: "messages", Channel.MMS: "mms", Channel.VOICE: "voicemessages"}
_ALGORITHMS = ("HS256", "HS384", "HS512")
_LEEWAY = 1.0  # seconds, as MessageBird's own verifiers allow
_MANY = "&many=1"  # ends the report URL of a request with several recipients

_KEY = CredentialField("access_key", "Access key", VISIBLE)
_SIGNING = CredentialField("signing_key", "Signing key of webhooks", VISIBLE)
_PREVIOUS = CredentialField("previous_signing_key", "Signing key being rotated out", VISIBLE, required=False)


class MessageBird:
    """One MessageBird account. Raises BadCredentials for a missing, malformed or unknown credential, or an unusable base URL."""

    kind: ClassVar[str] = "messagebird"
    title: ClassVar[str] = "MessageBird (REST API)"
    channels: ClassVar[frozenset[Channel]] = frozenset(_PATHS)
    default_base_url: ClassVar[str] = "https://rest.messagebird.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (_KEY, _SIGNING, _PREVIOUS)
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {**DELIVERY_CODES, **_API_CODES}
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys(_PATHS, Safety.ECHO)
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.SMS: Limits(text=1_377, validity=(1, 172_800)),
        Channel.MMS: Limits(text=2_000, media=10, media_bytes=1_000_000),
        Channel.VOICE: Limits(text=2_000, keys=False),
    }
    id_is_ours: ClassVar[bool] = False
    batch_limit: ClassVar[int] = 50

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("MessageBird", given, self.credential_fields)
        self._base = base_url(account, self.default_base_url)
        self._headers = {**JSON_HEADERS, "authorization": f"AccessKey {given['access_key']}"}
        self._signing = tuple(given[name] for name in ("signing_key", "previous_signing_key") if name in given)

    def build_request(self, outbound: Outbound) -> Request:
        """One POST with one recipient. Raises ValueError for a recording, which MessageBird cannot play."""
        return self._post(outbound, [outbound.to], outbound.reference, outbound.callback_url)

    def batch_key(self, outbound: Outbound) -> Hashable | None:
        """Texts and spoken messages that are alike but for the number. An MMS has no report URL of its own, so it goes alone."""
        if outbound.channel is Channel.MMS:
            return None
        return outbound.channel, outbound.sender, outbound.body, outbound.validity, outbound.content

    def build_batch(self, batch: Batch) -> Request:
        """One POST for all: reports tell the recipient, and by their URL that there were several."""
        recipients = [member.to for member in batch.members]
        return self._post(batch.members[0], recipients, batch.reference, batch.callback_url + _MANY)

    def _post(self, outbound: Outbound, recipients: Sequence[str], reference: str, callback_url: str) -> Request:
        message: dict[str, Any] = {
            "originator": digits(outbound.sender),
            "recipients": [digits(number) for number in recipients],
            "body": outbound.body,
            "reference": reference,
        }
        if outbound.channel is Channel.MMS:
            message["mediaUrls"] = [medium.url for medium in outbound.content.media]
            if outbound.content.subject:
                message["subject"] = outbound.content.subject
        else:
            message["reportUrl"] = callback_url
        if outbound.channel is Channel.SMS:
            message["datacoding"] = "auto"
            if outbound.validity is not None:
                message["validity"] = self.limits[Channel.SMS].clamp(outbound.validity)
        if outbound.channel is Channel.VOICE:
            message |= _spoken(outbound)
        return Request("POST", f"{self._base}/{_PATHS[outbound.channel]}", self._headers, dump(message))

    def read_response(self, response: Response) -> Outcome:
        """What the answer means. There is no idempotency here, so a 5xx or an unreadable yes may have been acted on."""
        answer = json_object(response.body)
        if not 200 <= response.status < 300:
            return self._read_no(response, answer)
        message_id = text_of(answer.get("id"))
        if not message_id:
            return MayHaveLeft(f"HTTP {response.status} without a message id")
        return _read_item(message_id, inner(answer, "recipients", "items", 0))

    def read_batch(self, batch: Batch, response: Response) -> Sequence[Outcome]:
        """Each recipient is listed in the yes; one that is not may have been dropped, or not."""
        answer = json_object(response.body)
        if not 200 <= response.status < 300:
            return [self._read_no(response, answer)] * len(batch.members)
        message_id = text_of(answer.get("id"))
        listed = {text_of(inner(item, "recipient")): item for item in items_of(inner(answer, "recipients", "items"))}
        if not message_id:
            return [MayHaveLeft(f"HTTP {response.status} without a message id")] * len(batch.members)
        numbers = [digits(member.to) for member in batch.members]
        return [
            _read_item(f"{message_id}:{number}", listed[number])
            if number in listed
            else MayHaveLeft("the answer does not list this recipient")
            for number in numbers
        ]

    def _read_no(self, response: Response, answer: Mapping[str, Any]) -> Outcome:
        open_end = unsettled(response)
        if open_end is not None:
            return open_end
        status, fault = response.status, inner(answer, "errors", 0)
        code = text_of(inner(fault, "code"))
        error = _API_CODES.get(code) or class_of_status(status)
        if code in {"9", "10"}:
            error = _BY_PARAMETER.get(text_of(inner(fault, "parameter")), error)
        said = code or f"http_{status}"
        return Refused(error, said, f"MessageBird answered {status} with {said}"[:200], retry_after_seconds(response.headers))

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:  # noqa: ARG002  # the port's
        """Deleting a message that was not sent yet. One of a batch cannot be: the whole batch would go with it."""
        if ":" in provider_message_id or channel not in _PATHS:
            return None
        return Request("DELETE", self._one(channel, provider_message_id), self._headers, b"")

    def read_cancel(self, response: Response) -> bool:
        """An empty yes: deleted."""
        return 200 <= response.status < 300

    def build_lookup(self, sought: Sought) -> Request | None:
        """The message by its id; without one there is nothing to ask by."""
        if sought.provider_message_id is None or sought.channel not in _PATHS:
            return None
        message_id = sought.provider_message_id.partition(":")[0]
        return Request("GET", self._one(sought.channel, message_id), self._headers, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """What is said of this recipient. A message that is not found may have been kept no longer: that says nothing."""
        answer = json_object(response.body)
        message_id = text_of(answer.get("id"))
        if response.status != 200 or not message_id:
            return Found()
        items = items_of(inner(answer, "recipients", "items"))
        own = [item for item in items if text_of(inner(item, "recipient")) == digits(sought.to)]
        known_as = sought.provider_message_id or message_id
        receipts = (item_receipt(known_as, item, sought.reference) for item in own if isinstance(item, dict))
        return Found(receipts=tuple(receipt for receipt in receipts if receipt is not None))

    def _one(self, channel: Channel, message_id: str) -> str:
        return f"{self._base}/{_PATHS[channel]}/{quote(message_id, safe='')}"

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Status reports become receipts, texts to our numbers become inbound; anything else that is signed is unread."""
        return read_call(request, nonce=self._verified(request))

    def _verified(self, request: WebhookRequest) -> str:
        """The unique id of a call proven to be MessageBird's (page "Verify HTTP requests"). Raises BadSignature."""
        token = request.headers.get("messagebird-signature-jwt", "")
        claims = read_jwt(token, self._signing, algorithms=_ALGORITHMS, now=request.received_at, leeway=_LEEWAY)
        if claims.get("iss") != "MessageBird" or claims.get("nbf") is None or claims.get("exp") is None:
            raise BadSignature("the token does not say whose it is, or until when it counts")
        check_hash(claims.get("url_hash"), request.url.encode())
        if request.body:
            check_hash(claims.get("payload_hash"), request.body)
        elif claims.get("payload_hash"):
            raise BadSignature("a body was signed and none came")
        return text_of(claims.get("jti"))


def _spoken(outbound: Outbound) -> dict[str, Any]:
    """How a call's text is read aloud. There is one text for all, so a machine, which would need another, is hung up on."""
    speech = outbound.content.speech
    if speech.recording:
        raise ValueError("MessageBird reads a text aloud and plays no recording")
    said: dict[str, Any] = {"body": split_script(outbound.body)[0], "language": speech.language.lower(), "ifMachine": "hangup"}
    if speech.voice in {"male", "female"}:
        said["voice"] = speech.voice
    return said


def _read_item(message_id: str, item: Any) -> Outcome:
    """What a yes says of one recipient: it may say in the same breath that nothing will come of it."""
    if text_of(inner(item, "status")) == "delivery_failed":
        error, code = failure_of(text_of(inner(item, "statusErrorCode")))
        return Refused(error, code or "delivery_failed", f"MessageBird gave up at once with {code or 'no code'}")
    parts = inner(item, "messagePartCount")
    known = isinstance(parts, int) and not isinstance(parts, bool) and parts > 0
    return Accepted(message_id, parts if known else None)
