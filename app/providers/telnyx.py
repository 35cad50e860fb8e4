"""How is a message handed to Telnyx, and what do its answers and events mean? API v2: SMS, MMS, RCS and calls, in JSON."""

import base64
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from app.domain.delivery import (
    Accepted,
    CallAnswer,
    CallStep,
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
    Script,
    Sought,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel
from app.domain.retry_after import retry_after_seconds
from app.ports import Account, BadCredentials, BadSignature, CredentialField
from app.providers._signatures import check_ed25519, check_fresh, from_base64
from app.providers._telnyx_events import class_of, found_receipt, gone_wrong, read_event
from app.providers._telnyx_rcs import agent_message
from app.providers._telnyx_voice import Command, client_state, commands_for, detection_mode
from app.providers._wire import (
    JSON_HEADERS,
    VISIBLE,
    base_url,
    check_credentials,
    class_of_status,
    dump,
    inner,
    items_of,
    json_object,
    text_of,
    unsettled,
)

# Telnyx's page of messaging error codes and its API's own, classed by what we do about each. 40300 covers every block: only its
# title tells a STOP from another. 40008 ("undeliverable") is a dead number or a phone that is off: only a second one counts.
_CODES: dict[ErrorClass, tuple[str, ...]] = {
    ErrorClass.THROTTLED: ("10011", "40011"),
    ErrorClass.QUEUE_FULL: ("40318",),
    ErrorClass.DAILY_CAP: ("40016", "40017", "40018"),
    ErrorClass.ACCOUNT: ("10009", "20100", "40314"),
    ErrorClass.SENDER_CONFIG: ("40010", "40013", "40100", "40305", "40312", "40329"),
    ErrorClass.CONTENT_REJECTED: ("40009", "40322"),
    ErrorClass.INVALID_NUMBER: ("10002", "10016", "40012", "40310"),
    ErrorClass.NOT_IN_SERVICE: ("40008",),
    ErrorClass.LANDLINE: ("40001",),
    ErrorClass.OPTED_OUT: ("40300",),
    ErrorClass.SPAM_FILTERED: ("40002", "40003", "40015"),
    ErrorClass.TEMPORARILY_UNREACHABLE: ("40006",),
    ErrorClass.EXPIRED: ("40005", "40014"),
}

_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_PUBLIC_KEY = r"^[A-Za-z0-9+/]{43}=$"
_KEY = CredentialField("api_key", "API key", VISIBLE)
_PUBLIC = CredentialField("public_key", "Public key, which proves webhooks", _PUBLIC_KEY, secret=False)
_PREVIOUS = CredentialField("previous_public_key", "Public key being rotated out", _PUBLIC_KEY, required=False, secret=False)
_PROFILE = CredentialField(
    "messaging_profile_id", "Messaging profile: for RCS and named senders", _UUID, required=False, secret=False
)
_CONNECTION = CredentialField(
    "connection_id", "Voice API application (connection): for calls", r"^[0-9]{1,30}$", required=False, secret=False
)


class Telnyx:
    """One Telnyx account. Raises BadCredentials for a missing, malformed or unknown credential, or an unusable base URL."""

    kind: ClassVar[str] = "telnyx"
    title: ClassVar[str] = "Telnyx"
    channels: ClassVar[frozenset[Channel]] = frozenset(Channel)
    default_base_url: ClassVar[str] = "https://api.telnyx.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (_KEY, _PUBLIC, _PREVIOUS, _PROFILE, _CONNECTION)
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {code: error for error, codes in _CODES.items() for code in codes}
    # A call knows its repeat by `command_id` for 60 seconds only, less than a repeat may take: it counts as echoed alone.
    safety: ClassVar[Mapping[Channel, Safety]] = {
        Channel.SMS: Safety.OWN_ID,
        Channel.MMS: Safety.OWN_ID,
        Channel.RCS: Safety.OWN_ID,
        Channel.VOICE: Safety.ECHO,
    }
    # An account dials 30 times a second, counted over five; more is refused with 429 (Telnyx, "Dials per second limit").
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.SMS: Limits(text=1_530, per_second=50.0),
        Channel.MMS: Limits(text=1_530, media=10, media_bytes=1_000_000, per_second=15.0),
        Channel.RCS: Limits(text=3_072, media=1, validity=(10, 1_296_000), per_second=1.0),
        Channel.VOICE: Limits(text=3_000, calls_per_second=30.0),
    }
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Telnyx", given, self.credential_fields)
        self._url = f"{base_url(account, self.default_base_url)}/v2"
        self._headers = {**JSON_HEADERS, "authorization": f"Bearer {given['api_key']}"}
        self._keys = tuple(base64.b64decode(given[name]) for name in ("public_key", "previous_public_key") if name in given)
        self._profile, self._connection = given.get("messaging_profile_id"), given.get("connection_id")

    def build_request(self, outbound: Outbound) -> Request:
        """One JSON POST. Raises BadCredentials where the channel needs a profile or connection the account was saved without."""
        if outbound.channel is Channel.VOICE:
            return self._post("/calls", self._call(outbound))
        path, fields = (
            ("/messages/rcs", self._rcs(outbound)) if outbound.channel is Channel.RCS else ("/messages", self._text(outbound))
        )
        return self._post(path, fields, {"idempotency-key": outbound.own_id})

    def _text(self, outbound: Outbound) -> dict[str, Any]:
        fields: dict[str, Any] = {"to": outbound.to}
        if outbound.body or not outbound.content.media:  # a text that is there must not be empty
            fields["text"] = outbound.body
        fields["type"] = outbound.channel.upper()
        if len(outbound.sender) == 36 and outbound.sender.count("-") == 4:  # a profile's UUID: one of its pool sends
            fields["messaging_profile_id"] = outbound.sender
        else:
            fields["from"] = outbound.sender
            if self._profile and not outbound.sender.startswith("+"):
                fields["messaging_profile_id"] = self._profile
        if outbound.content.media:
            fields["media_urls"] = [medium.url for medium in outbound.content.media]
        if outbound.content.subject:
            fields["subject"] = outbound.content.subject
        return {**fields, "webhook_url": outbound.callback_url, "use_profile_webhooks": False}

    def _rcs(self, outbound: Outbound) -> dict[str, Any]:
        if self._profile is None:
            raise BadCredentials("messaging_profile_id", "RCS goes by a messaging profile")
        validity = None if outbound.validity is None else self.limits[Channel.RCS].clamp(outbound.validity)
        return {
            "agent_id": outbound.sender,
            "to": outbound.to,
            "messaging_profile_id": self._profile,
            "agent_message": agent_message(outbound, validity),
            "webhook_url": outbound.callback_url,
        }

    def _call(self, outbound: Outbound) -> dict[str, Any]:
        if self._connection is None:
            raise BadCredentials("connection_id", "calls go by a connection")
        return {
            "connection_id": self._connection,
            "to": outbound.to,
            "from": outbound.sender,
            "answering_machine_detection": detection_mode(outbound),
            "client_state": client_state(outbound.reference),
            "command_id": outbound.own_id,
            "webhook_url": outbound.callback_url,
            "webhook_url_method": "POST",
        }

    def _post(self, path: str, fields: Mapping[str, Any], more: Mapping[str, str] | None = None) -> Request:
        return Request("POST", f"{self._url}{path}", {**self._headers, **(more or {})}, dump(fields))

    def read_response(self, response: Response) -> Outcome:
        """What Telnyx's answer means. A repeat refused for its body proves that the first was taken: no clear no."""
        answer = json_object(response.body)
        status = response.status
        if 200 <= status < 300:
            return self._read_yes(status, inner(answer, "data"))
        open_end = unsettled(response)
        if open_end is not None:
            return open_end
        if status in {409, 422} and b"idempotency" in response.body.lower():
            return MayHaveLeft(f"HTTP {status} for a repeat")
        problem = inner(answer, "errors", 0)
        code = text_of(inner(problem, "code"))
        error = class_of(problem, self.error_codes, class_of_status(status))
        said = code if code.isascii() and code.isdigit() else f"http_{status}"
        return Refused(error, said, f"Telnyx answered {status} with {said}", retry_after_seconds(response.headers))

    def _read_yes(self, status: int, data: Any) -> Outcome:
        call = text_of(inner(data, "call_control_id"))
        if call:
            return Accepted(call)
        message = text_of(inner(data, "id"))
        if not message:
            return MayHaveLeft(f"HTTP {status} without a message id")
        if gone_wrong(text_of(inner(data, "to", 0, "status"))):
            problem = inner(data, "errors", 0)
            code = text_of(inner(problem, "code")) or "failed"
            error = class_of(problem, self.error_codes, ErrorClass.UNKNOWN)
            return Refused(error, code, f"Telnyx gave up at once with {code}")
        parts = inner(data, "parts")
        return Accepted(message, parts if isinstance(parts, int) and not isinstance(parts, bool) and parts > 0 else None)

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Verify the Ed25519 signature over `timestamp|body`, then read one event. Raises BadSignature."""
        stamp = request.headers.get("telnyx-timestamp", "")
        signature = from_base64(request.headers.get("telnyx-signature-ed25519", ""))
        check_ed25519(signature, stamp.encode("utf-8", "replace") + b"|" + request.body, self._keys)
        if not (stamp.isascii() and stamp.isdigit()):
            raise BadSignature("the signed time is no number", cause="malformed")
        check_fresh(stamp, request.received_at)
        return read_event(json_object(request.body), request.query, self.error_codes)

    def build_lookup(self, sought: Sought) -> Request | None:
        """One message by its id, which Telnyx keeps for ten days. Without an id a repeat tells; of a call nothing is kept."""
        if sought.provider_message_id is None or sought.channel is Channel.VOICE:
            return None
        return Request("GET", f"{self._url}/messages/{quote(sought.provider_message_id, safe='')}", self._headers, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """The message's state. An id that is not found was forgotten, since it was theirs: that says nothing."""
        data = inner(json_object(response.body), "data")
        if response.status != 200 or text_of(inner(data, "id")) != (sought.provider_message_id or ""):
            return Found()
        return found_receipt(data, sought.reference, self.error_codes)

    def build_capability(self, to: str, sender: str, own_id: str) -> Request:  # noqa: ARG002  # the port's
        """What an agent can show on a number."""
        path = f"/messaging/rcs/capabilities/{quote(sender, safe='')}/{quote(to, safe='')}"
        return Request("GET", f"{self._url}{path}", self._headers, b"")

    def read_capability(self, response: Response) -> bool | None:
        """Features are listed for a number with RCS, even where it is only known that it has it."""
        features = inner(json_object(response.body), "data", "features")
        return bool(items_of(features)) if response.status == 200 and isinstance(features, list) else None

    def answer_call(self, step: CallStep, script: Script) -> CallAnswer:
        """The commands for a call, each under an id of its own, so that an event that comes twice says nothing twice."""
        if not step.provider_call_id:
            return CallAnswer()
        return CallAnswer(commands=tuple(self._command(step.provider_call_id, each) for each in commands_for(step, script)))

    def _command(self, call: str, command: Command) -> Request:
        return self._post(f"/calls/{quote(call, safe='')}/actions/{command.action}", command.fields)
