"""How is an SMS, MMS, RCS message or call handed to Twilio, and what do its answers and callbacks mean? API of 2010-04-01."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import quote

from app.domain.delivery import (
    Accepted,
    Batch,
    CallAnswer,
    CallStep,
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
    Script,
    Sought,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.domain.retry_after import retry_after_seconds
from app.domain.rich import MOST_MEDIA, Media
from app.ports import Account, BadCredentials, CredentialField
from app.providers import _twilio_bulk as bulk
from app.providers import _twilio_lookup as lookup
from app.providers import _twilio_voice as voice
from app.providers._twilio_content import template_form
from app.providers._twilio_signature import verified_form
from app.providers._twilio_words import ERROR_CODES, GONE_WRONG, MESSAGE_STATES, is_service, whole
from app.providers._wire import (
    VISIBLE,
    base_url,
    basic,
    check_credentials,
    class_of_status,
    encode,
    host_url,
    json_object,
    reference_in,
    unsettled,
)

_INBOUND = frozenset({"received", "receiving"})
_KEYWORDS = frozenset({"STOP", "START", "HELP"})
_LONGEST_BODY, _MEDIA_BYTES = 1_600, 5_000_000
_VALIDITY = (1, 36_000)
# TwiML has 4,000 characters for a call's words with their mark-up, in which one character may become six.
_LONGEST_SCRIPT = 3_000

_SID = CredentialField("account_sid", "Account SID", r"^AC[0-9a-fA-F]{32}$", secret=False)
_TOKEN = CredentialField("auth_token", "Auth token; also signs webhooks", r"^[\x21-\x7e]{1,128}$")
_KEY_SID = CredentialField("api_key_sid", "API key SID", r"^SK[0-9a-fA-F]{32}$", required=False, secret=False)
_KEY_SECRET = CredentialField("api_key_secret", "API key secret", r"^[\x21-\x7e]{8,128}$", required=False)
_PREVIOUS = CredentialField("previous_auth_token", "Auth token being rotated out", r"^[\x21-\x7e]{1,128}$", required=False)
_SHARED = CredentialField("webhook_key", "Shared key that signs webhooks with SHA-256", VISIBLE, required=False)
_SHARED_BEFORE = CredentialField("previous_webhook_key", "Shared key being rotated out", VISIBLE, required=False)
_BULK = CredentialField(
    "bulk", "Bulk Messaging API (beta, without receipts): on or off", r"^(?:on|off)$", required=False, secret=False
)


class Twilio:
    """One Twilio account. Raises BadCredentials for a missing, malformed or unknown credential, or an unusable base URL.

    An account in a region has that edge's base URL (`https://api.dublin.ie1.twilio.com`) and the region's own credentials. With
    `bulk` on, plain texts without a validity go together by the Bulk Messaging API. That costs their receipts: its callbacks
    are not documented, so such a message stays submitted, cannot be asked for, and one whose answer was lost stays unknown.
    """

    kind: ClassVar[str] = "twilio"
    title: ClassVar[str] = "Twilio Programmable Messaging and Voice"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS, Channel.MMS, Channel.RCS, Channel.VOICE})
    default_base_url: ClassVar[str] = "https://api.twilio.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        _SID, _TOKEN, _KEY_SID, _KEY_SECRET, _PREVIOUS, _SHARED, _SHARED_BEFORE, _BULK,
    )  # fmt: skip
    error_codes: ClassVar[Mapping[str, ErrorClass]] = ERROR_CODES
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys(Channel, Safety.NONE)
    # An account begins one call a second unless more was agreed (Twilio, "Call resource"); what is more waits in its queue.
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.SMS: Limits(text=_LONGEST_BODY, validity=_VALIDITY),
        Channel.MMS: Limits(text=_LONGEST_BODY, media=MOST_MEDIA, media_bytes=_MEDIA_BYTES, validity=_VALIDITY),
        Channel.RCS: Limits(text=_LONGEST_BODY, media=1, media_bytes=_MEDIA_BYTES, validity=_VALIDITY),
        Channel.VOICE: Limits(text=_LONGEST_SCRIPT, calls_per_second=1.0),
    }
    id_is_ours: ClassVar[bool] = False
    batch_limit: ClassVar[int] = bulk.MOST

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Twilio", given, self.credential_fields)
        if ("api_key_sid" in given) != ("api_key_secret" in given):
            missing = "api_key_secret" if "api_key_sid" in given else "api_key_sid"
            raise BadCredentials(missing, "an API key needs both its SID and its secret")
        name, secret = (given.get(key) or given[other] for key, other in _BASIC)
        base = base_url(account, self.default_base_url)
        self._account_url = f"{base}/2010-04-01/Accounts/{given['account_sid']}"
        self._url, self._calls_url = f"{self._account_url}/Messages.json", f"{self._account_url}/Calls.json"
        self._bulk_url = host_url(account, base, bulk.HOST) if given.get("bulk") == "on" else None
        self._asking = {"authorization": basic(name, secret), "accept": "application/json"}
        self._headers = {
            "authorization": self._asking["authorization"],
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        self._tokens = tuple(given[name].encode() for name in ("auth_token", "previous_auth_token") if name in given)
        self._keys = tuple(given[name].encode() for name in ("webhook_key", "previous_webhook_key") if name in given)
        # Senders and the callback's unchanging head are few: their encoded form is kept.
        self._sender = lru_cache(maxsize=256)(_encode_sender)
        self._callback_head = lru_cache(maxsize=256)(encode)

    def build_request(self, outbound: Outbound) -> Request:
        """One form POST: Twilio takes one recipient a request. Raises ValueError for cards and suggestions without a ContentSid.

        MMS has no subject here.
        """
        if outbound.channel is Channel.VOICE:
            return Request("POST", self._calls_url, self._headers, voice.call_form(outbound))
        head, mark, reference = outbound.callback_url.rpartition("=")
        if outbound.channel is Channel.SMS:
            content = f"To={encode(outbound.to)}&{self._sender(outbound.sender)}&Body={encode(outbound.body)}"
        else:
            content = self._rich(outbound)
        form = f"{content}&StatusCallback={self._callback_head(head + mark)}{encode(reference)}{_ENCODED_OVERRIDE}"
        if outbound.validity is not None:
            form += f"&ValidityPeriod={self.limits[outbound.channel].clamp(outbound.validity)}"
        return Request("POST", self._url, self._headers, form.encode("ascii"))

    def _rich(self, outbound: Outbound) -> str:
        """Receiver, sender and content of an MMS or RCS message. `rcs:` before the number keeps Twilio from falling back."""
        content, to, sender = outbound.content, outbound.to, outbound.sender
        template = template_form(content)
        if outbound.channel is Channel.RCS:
            to, sender = f"rcs:{to}", sender if is_service(sender) or sender.startswith("rcs:") else f"rcs:{sender}"
        if template:
            return f"To={encode(to)}&{self._sender(sender)}{template}"
        text = f"&Body={encode(outbound.body)}" if outbound.body or not content.media else ""
        media = "".join(f"&MediaUrl={encode(medium.url)}" for medium in content.media)
        return f"To={encode(to)}&{self._sender(sender)}{text}{media}"

    def read_response(self, response: Response) -> Outcome:
        """What Twilio's answer means. There is no idempotency here, so a 5xx or an unreadable yes may have been acted on."""
        if 200 <= response.status < 300:
            return self._read_yes(response.status, json_object(response.body))
        return self._read_no(response)

    def _read_no(self, response: Response) -> Outcome:
        open_end = unsettled(response)
        if open_end is not None:
            return open_end
        status, code = response.status, json_object(response.body).get("code")
        known = self.error_codes.get(str(code))
        error = known or class_of_status(status)
        said = str(code) if isinstance(code, int) else f"http_{status}"
        # Twilio's own message repeats the number or the text; the code is enough to look it up.
        return Refused(error, said, f"Twilio answered {status} with {said}", retry_after_seconds(response.headers))

    def _read_yes(self, status: int, answer: Mapping[str, Any]) -> Outcome:
        sid, parts = answer.get("sid"), answer.get("num_segments")
        if not isinstance(sid, str) or not sid:
            return MayHaveLeft(f"HTTP {status} without a message id")
        if answer.get("status") == "failed":  # given up at once: no callback will follow for a first status
            code = str(answer.get("error_code") or "failed")
            return Refused(self.error_codes.get(code, ErrorClass.UNKNOWN), code, f"Twilio gave up at once with {code}")
        # A string, and "0" while a Messaging Service has not chosen its sender yet.
        known = isinstance(parts, str) and parts.isascii() and parts.isdigit() and int(parts[:9]) > 0
        return Accepted(sid, int(parts[:9]) if known and isinstance(parts, str) else None)

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:  # noqa: ARG002  # the port's
        """Updating to canceled: a message until it is sent, a call until it is answered. None for one of the bulk API."""
        if provider_message_id.startswith(bulk.OPERATION):
            return None
        resource = "Calls" if channel is Channel.VOICE else "Messages"
        url = f"{self._account_url}/{resource}/{quote(provider_message_id, safe='')}.json"
        return Request("POST", url, self._headers, b"Status=canceled")

    def read_cancel(self, response: Response) -> bool:
        """Only what is shown as canceled will not be sent; any refusal says that it was too late."""
        return 200 <= response.status < 300 and json_object(response.body).get("status") == "canceled"

    def batch_key(self, outbound: Outbound) -> Hashable | None:
        """The sender, where the account asks for the bulk API and the message is a plain text it can carry."""
        return None if self._bulk_url is None else bulk.key(outbound)

    def build_batch(self, batch: Batch) -> Request:
        """One JSON POST for up to 10,000 recipients. Raises ValueError on an account without the bulk API."""
        if self._bulk_url is None:
            raise ValueError("the account does not use the bulk API")
        return bulk.request(batch, self._bulk_url, self._headers)

    def read_batch(self, batch: Batch, response: Response) -> Sequence[Outcome]:
        """A yes takes all of them under one operation, a no refuses all: what became of each, nobody tells."""
        if 200 <= response.status < 300:
            return bulk.accepted(batch, response)
        return [self._read_no(response)] * len(batch.members)

    def build_lookup(self, sought: Sought) -> Request | None:
        """The message or call by its id, or a list by number and time. None for one that went by the bulk API."""
        if (sought.provider_message_id or "").startswith(bulk.OPERATION):
            return None
        return lookup.question(sought, self._account_url, self._asking)

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """What was found, several candidates where a list cannot tell them apart. Never that there is nothing."""
        return lookup.finding(sought, response)

    def answer_call(self, step: CallStep, script: Script) -> CallAnswer:
        """TwiML where Twilio waits for it; a change to the running call where it only told us that a machine answered."""
        return voice.answer(step, script, self._calls_url.removesuffix(".json"), self._headers)

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Callbacks become receipts and steps, texts to our senders become inbound; anything else that is signed is unread."""
        form = verified_form(request, tokens=self._tokens, keys=self._keys)
        reading = self._reading(form, request.query)
        nonce = request.headers.get("i-twilio-idempotency-token", "")
        return replace(reading, nonce=nonce) if nonce else reading

    def _reading(self, form: Mapping[str, str], query: str) -> WebhookReading:
        sid = form.get("MessageSid") or form.get("SmsSid") or ""
        word = form.get("MessageStatus") or form.get("SmsStatus") or ""
        if sid and (not word or word in _INBOUND) and form.keys() >= {"From", "To", "Body"}:
            # Text inside a TwiML answer would be sent to the person: an empty document says nothing.
            return WebhookReading(inbound=(_inbound(sid, form),), answer_body=b"<Response/>", answer_type="text/xml")
        if sid and word and word not in _INBOUND:
            return WebhookReading(receipts=(self._receipt(sid, word, form, query),))
        return voice.read_call(form, query) if "CallSid" in form else WebhookReading(unread=1)

    def _receipt(self, sid: str, word: str, form: Mapping[str, str], query: str) -> Receipt:
        if form.get("EventType", "").upper() == "READ":  # RCS: the status beside it may still be that of before
            word = "read"
        code = form.get("ErrorCode", "")
        code = "" if code == "0" else code
        error = self.error_codes.get(code, ErrorClass.UNKNOWN) if code and word in GONE_WRONG else None
        # RawDlrDoneDate is left alone: minutes only, in a zone nobody states.
        return Receipt(
            event_key=f"{sid}:{word}:{code}",
            raw_status=word,
            state=State.EXPIRED if error is ErrorClass.EXPIRED else MESSAGE_STATES.get(word),
            reference=reference_in(query),
            provider_message_id=sid,
            error=error,
            error_code=code or None,
        )


_BASIC = (("api_key_sid", "account_sid"), ("api_key_secret", "auth_token"))


_ENCODED_OVERRIDE = encode(voice.OVERRIDE)


def _encode_sender(sender: str) -> str:
    return f"{'MessagingServiceSid' if is_service(sender) else 'From'}={encode(sender)}"


def _inbound(sid: str, form: Mapping[str, str]) -> Inbound:
    rcs = form["From"].startswith("rcs:") or form["To"].startswith("rcs:")
    keyword, media = form.get("OptOutType", "").upper(), _media(form)
    tap = form.get("ButtonPayload")
    said = form["Body"] if tap is None else form.get("ButtonText") or form["Body"]
    return Inbound(
        event_key=sid,
        provider_message_id=sid,
        from_number=form["From"].removeprefix("rcs:"),
        to_address=form["To"].removeprefix("rcs:"),
        body=said.replace("\0", ""),  # a text column cannot hold it
        channel=Channel.RCS if rcs else Channel.MMS if media else Channel.SMS,
        keyword=keyword if keyword in _KEYWORDS else None,
        kind=InboundKind.TEXT if tap is None else InboundKind.TAP,
        payload=None if tap is None else tap.replace("\0", ""),
        media=media,
        answers_id=form.get("OriginalRepliedMessageSid") or None,
    )


def _media(form: Mapping[str, str]) -> tuple[Media, ...]:
    """Pictures and other files; their URLs ask for the account's credentials."""
    places = range(min(whole(form.get("NumMedia", "")) or 0, MOST_MEDIA))
    found = ((form.get(f"MediaUrl{place}", ""), form.get(f"MediaContentType{place}", "")) for place in places)
    return tuple(Media(url=url, content_type=content_type) for url, content_type in found if url)
