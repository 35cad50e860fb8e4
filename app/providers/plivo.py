"""How are texts, pictures and calls handed to Plivo, and what do its answers and callbacks mean? JSON out, forms back."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from app.domain.delivery import (
    Accepted,
    AnsweredBy,
    CallAnswer,
    CallMoment,
    CallStep,
    ErrorClass,
    Found,
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
    Script,
    Sought,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.domain.retry_after import retry_after_seconds
from app.domain.rich import Media
from app.ports import Account, CredentialField
from app.providers._plivo_codes import ERROR_CODES, money
from app.providers._plivo_proof import proven_form
from app.providers._plivo_voice import call_body, call_receipt, goodbye_xml, machine_xml, person_xml, read_call
from app.providers._voice_xml import XML, document, element, leaves_voicemail
from app.providers._wire import (
    JSON_HEADERS,
    VISIBLE,
    base_url,
    basic,
    check_credentials,
    class_of_status,
    digits,
    dump,
    items_of,
    json_object,
    plus,
    reference_in,
    text_of,
    unsettled,
)

_STATES: dict[str, State] = {
    "queued": State.SUBMITTED,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "undelivered": State.UNDELIVERED,
    "failed": State.FAILED,
    "rejected": State.FAILED,
}
_GONE_WRONG = frozenset({State.UNDELIVERED, State.FAILED})
_ARRIVED = frozenset({State.DELIVERED, State.READ})
_NO_ERROR = frozenset({"", "0", "000"})
_INTENTS = {"optout": "STOP", "optin": "START", "help": "HELP"}
_POWERPACK = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PART = re.compile(r"\s*\d{1,4}\s+of\s+(\d{1,4})\s*")
_MEDIA = re.compile(r"Media\d{1,2}")
_CODE = re.compile(r"\d{1,5}|[a-z][a-z_-]{0,30}")


class Plivo:
    """One Plivo account. Raises BadCredentials for a missing, malformed or unknown credential, or an unusable base URL."""

    kind: ClassVar[str] = "plivo"
    title: ClassVar[str] = "Plivo"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS, Channel.MMS, Channel.VOICE})
    default_base_url: ClassVar[str] = "https://api.plivo.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("auth_id", "Auth ID", r"^(?:MA|SA)[A-Z0-9]{18}$", secret=False),
        CredentialField("auth_token", "Auth token; also signs webhooks", VISIBLE),
        CredentialField("previous_auth_token", "Auth token being rotated out", VISIBLE, required=False),
        CredentialField("main_auth_token", "Main account's auth token, where this is a subaccount", VISIBLE, required=False),
    )
    error_codes: ClassVar[Mapping[str, ErrorClass]] = ERROR_CODES
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys((Channel.SMS, Channel.MMS, Channel.VOICE), Safety.NONE)
    # 300 requests in five seconds, an account. Messages leave Plivo's queue within three hours or expire. Two calls a second
    # leave it unless more was agreed (Plivo, "Account limits").
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.SMS: Limits(text=1_600, validity=(5, 10_799), per_second=60.0),
        Channel.MMS: Limits(text=1_600, media=10, media_bytes=5_000_000, validity=(5, 10_799), per_second=60.0),
        Channel.VOICE: Limits(text=3_000, per_second=60.0, calls_per_second=2.0),
    }
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Plivo", given, self.credential_fields)
        self._url = f"{base_url(account, self.default_base_url)}/v1/Account/{given['auth_id']}"
        self._headers = {**JSON_HEADERS, "authorization": basic(given["auth_id"], given["auth_token"])}
        self._bare = {name: value for name, value in self._headers.items() if name != "content-type"}
        names = ("auth_token", "previous_auth_token", "main_auth_token")
        self._tokens = tuple(given[name].encode() for name in names if name in given)

    def build_request(self, outbound: Outbound) -> Request:
        """One destination a request: of several, an answer does not say which id is whose. Numbers go without their plus sign."""
        if outbound.channel is Channel.VOICE:
            return Request("POST", f"{self._url}/Call/", self._headers, dump(call_body(outbound)))
        pack = _POWERPACK.fullmatch(outbound.sender)
        body: dict[str, Any] = {
            **({"powerpack_uuid": outbound.sender} if pack else {"src": digits(outbound.sender)}),
            "dst": digits(outbound.to),
            "text": outbound.body,
            "type": "mms" if outbound.channel is Channel.MMS else "sms",
            "url": outbound.callback_url,
            "method": "POST",
        }
        if outbound.channel is Channel.MMS:
            body["media_urls"] = [medium.url for medium in outbound.content.media]
        if outbound.validity is not None:
            body["message_expiry"] = self.limits[outbound.channel].clamp(outbound.validity)
        return Request("POST", f"{self._url}/Message/", self._headers, dump(body))

    def read_response(self, response: Response) -> Outcome:
        """What an answer means. Nothing makes a repeat known here, so an unclear one may have been acted on."""
        answer, status = json_object(response.body), response.status
        if 200 <= status < 300:
            return _read_yes(status, answer)
        open_end = unsettled(response)
        if open_end is not None:
            return open_end
        said = text_of(answer.get("error_code"))
        code = said if _CODE.fullmatch(said) else f"http_{status}"
        error = self.error_codes.get(code) or class_of_status(status)
        # The words of an error repeat numbers; the code is enough to look it up.
        return Refused(error, code, f"Plivo answered {status} with {code}", retry_after_seconds(response.headers))

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:  # noqa: ARG002  # the port's
        """A call that waits or rings is taken back by the id of its request; a message cannot be."""
        if channel is not Channel.VOICE:
            return None
        return Request("DELETE", f"{self._url}/Request/{quote(provider_message_id, safe='')}/", self._bare, b"")

    def read_cancel(self, response: Response) -> bool:
        """204 takes the call back; where there is nothing to take back any more, 404."""
        return response.status == 204

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Status callbacks become receipts, texts to our senders become inbound, and a call's questions its steps."""
        form, nonce = proven_form(request, self._tokens)
        return replace(self._read(form, request.query), nonce=nonce)

    def _read(self, form: Mapping[str, str], query: str) -> WebhookReading:
        message_id, word = form.get("MessageUUID", ""), form.get("Status", "")
        if message_id and word and word != "received":
            return WebhookReading(receipts=(_receipt(form, word, reference_in(query)),))
        if message_id and form.get("From") and form.get("To"):
            # Text inside an answer would be sent to the person: an empty document says nothing.
            return WebhookReading(inbound=(_inbound(message_id, form),), answer_body=document(), answer_type=XML)
        if form.get("CallUUID") or form.get("RequestUUID"):
            return read_call(form, _step_in(query), reference_in(query))
        return WebhookReading(unread=1)

    def build_lookup(self, sought: Sought) -> Request | None:
        """By the id alone: lists cannot be narrowed to a number."""
        if not sought.provider_message_id:
            return None
        what = "Call" if sought.channel is Channel.VOICE else "Message"
        return Request("GET", f"{self._url}/{what}/{quote(sought.provider_message_id, safe='')}/", self._bare, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """A record; where there is none (yet), nothing can be said."""
        record, known = json_object(response.body), sought.provider_message_id
        if response.status != 200 or not known:
            return Found()
        if sought.channel is Channel.VOICE:
            read = call_receipt(record, known)
        else:
            word, code = text_of(record.get("message_state")), text_of(record.get("error_code"))
            read = _told(known, word, code, text_of(record.get("total_amount")), f"{known}:{word}:record") if word else None
        return Found(receipts=() if read is None else (read,))

    def answer_call(self, step: CallStep, script: Script) -> CallAnswer:
        """XML where it is asked for; a machine found while the call spoke is sent to ask again what to say to it."""
        if script.opted_out:
            return CallAnswer(body=goodbye_xml(script), content_type=XML)
        by_machine = step.answered_by is AnsweredBy.MACHINE
        match step.moment:
            case CallMoment.MACHINE:
                moved = by_machine and step.provider_call_id and leaves_voicemail(script.outbound)
                return CallAnswer(commands=(self._transfer(step.provider_call_id or "", script),) if moved else ())
            case CallMoment.ANSWERED:
                return CallAnswer(body=machine_xml(script) if by_machine else person_xml(script), content_type=XML)
            case CallMoment.KEYS:
                return CallAnswer(body=document(element("Hangup")), content_type=XML)

    def _transfer(self, call_id: str, script: Script) -> Request:
        body = {"legs": "aleg", "aleg_url": f"{script.outbound.callback_url}&step=voicemail", "aleg_method": "POST"}
        return Request("POST", f"{self._url}/Call/{quote(call_id, safe='')}/", self._headers, dump(body))


def _read_yes(status: int, answer: Mapping[str, Any]) -> Outcome:
    """A message's answer lists ids and numbers that are none; a call's names its request."""
    ids = [each for each in items_of(answer.get("message_uuid")) if isinstance(each, str) and each]
    request_id = answer.get("request_uuid")
    if not ids and isinstance(request_id, str) and request_id:
        ids = [request_id]
    if len(ids) == 1:
        return Accepted(ids[0])
    if not ids and items_of(answer.get("invalid_number")):
        return Refused(ErrorClass.INVALID_NUMBER, "invalid_number", "Plivo took no such number")
    return MayHaveLeft(f"HTTP {status} without one id")


def _step_in(query: str) -> str:
    return next((unquote(part[5:]) for part in query.split("&") if part.startswith("step=")), "")


def _told(message_id: str, word: str, code: str, amount: str, event_key: str, reference: str | None = None) -> Receipt:
    state, price = _STATES.get(word), money(amount)
    code = "" if code in _NO_ERROR else code
    error = ERROR_CODES.get(code, ErrorClass.UNKNOWN) if state in _GONE_WRONG else None
    return Receipt(
        event_key=event_key,
        raw_status=word,
        state=State.EXPIRED if error is ErrorClass.EXPIRED else state,
        reference=reference,
        provider_message_id=message_id,
        error=error,
        error_code=code or None,
        price=price,
        currency=None if price is None else "USD",
    )


def _receipt(form: Mapping[str, str], word: str, reference: str | None) -> Receipt:
    """A part's fate is the message's only where it is bad: that one part arrived says nothing of the others, a look-up does."""
    part = form.get("PartInfo", "")
    known = form.get("ParentMessageUUID") or form["MessageUUID"]
    key = f"{form['MessageUUID']}:{word}:{part}"
    told = _told(known, word, form.get("ErrorCode", ""), form.get("TotalAmount", ""), key, reference)
    parts = _PART.fullmatch(part)
    if parts and int(parts[1]) > 1 and told.state in _ARRIVED:
        return replace(told, state=State.SENT)
    return told


def _inbound(message_id: str, form: Mapping[str, str]) -> Inbound:
    media = tuple(Media(url=form[name]) for name in sorted(form) if _MEDIA.fullmatch(name) and form[name])
    return Inbound(
        event_key=message_id,
        provider_message_id=message_id,
        from_number=plus(form["From"]),
        to_address=plus(form["To"]),
        body=text_of(form.get("Text") or form.get("Body", "")),
        channel=Channel.MMS if media or form.get("Type") == "mms" else Channel.SMS,
        keyword=_INTENTS.get(form.get("MessageIntent", "").lower()),
        media=media,
    )
