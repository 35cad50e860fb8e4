"""How is an SMS handed to Twilio, and what do its answers and callbacks mean? Messages API of 2010-04-01, form in, JSON out."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

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
from app.ports import Account, BadCredentials, BadSignature, CredentialField
from app.providers._wire import (
    base_url,
    basic,
    check_credentials,
    class_of_status,
    encode,
    json_object,
    read_form,
    reference_in,
    unsettled,
)

# Twilio's error pages and the Messages resource, classed by what we do about each.
_CODES: dict[ErrorClass, tuple[str, ...]] = {
    ErrorClass.THROTTLED: ("20429", "30022", "63018"),
    ErrorClass.QUEUE_FULL: ("21611", "30001"),
    ErrorClass.DAILY_CAP: ("30023", "30027", "63038"),
    ErrorClass.PROVIDER_TEMPORARY: ("30410",),
    ErrorClass.ACCOUNT: ("20003", "20404", "30002"),
    ErrorClass.SENDER_CONFIG: ("21212", "21603", "21606", "21705", "30032", "30034"),
    ErrorClass.INVALID_REQUEST: ("21604", "21609", "21624", "30010"),
    ErrorClass.CONTENT_REJECTED: ("21602", "21605", "21617", "21620", "21623"),
    ErrorClass.INVALID_NUMBER: ("13224", "21211", "21217"),
    ErrorClass.NOT_IN_SERVICE: ("30005",),
    ErrorClass.LANDLINE: ("21614", "21635", "30006"),
    ErrorClass.OPTED_OUT: ("21610", "63014"),
    ErrorClass.BLOCKED: ("21216", "30004"),
    ErrorClass.SPAM_FILTERED: ("14107", "30007"),
    # 21612: this sender cannot reach this number; another may, so neither is at fault. 21215, 21408: the account is not
    # open for that one country, which must not hold the sender for everybody else.
    ErrorClass.CAPABILITY_MISSING: ("21215", "21408", "21612", "63035", "63036"),
    ErrorClass.TEMPORARILY_UNREACHABLE: ("30003", "30008", "30017"),
    ErrorClass.EXPIRED: ("30036",),
}

# "queued" and "sending" are Twilio's own queue: to us the message is handed over.
_STATES: dict[str, State] = {
    "accepted": State.SUBMITTED,
    "scheduled": State.SUBMITTED,
    "queued": State.SUBMITTED,
    "sending": State.SUBMITTED,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "partially_delivered": State.DELIVERED,
    "read": State.READ,
    "undelivered": State.UNDELIVERED,
    "failed": State.FAILED,
    "canceled": State.CANCELLED,
}
_GONE_WRONG = frozenset({"undelivered", "failed"})
_INBOUND = frozenset({"received", "receiving"})
_KEYWORDS = frozenset({"STOP", "START", "HELP"})

# Webhook connection overrides: five more tries, also on a 5xx of ours or a slow answer. By default a 5xx loses the callback.
_OVERRIDE = "#rc=5&rp=5xx,ct,rt"

_SID = CredentialField("account_sid", "Account SID", r"^AC[0-9a-fA-F]{32}$", secret=False)
_TOKEN = CredentialField("auth_token", "Auth token; also signs webhooks", r"^[\x21-\x7e]{8,128}$")
_KEY_SID = CredentialField("api_key_sid", "API key SID", r"^SK[0-9a-fA-F]{32}$", required=False, secret=False)
_KEY_SECRET = CredentialField("api_key_secret", "API key secret", r"^[\x21-\x7e]{8,128}$", required=False)
_PREVIOUS = CredentialField("previous_auth_token", "Auth token being rotated out", r"^[\x21-\x7e]{8,128}$", required=False)


class Twilio:
    """One Twilio account. Raises BadCredentials for a missing, malformed or unknown credential, or an unusable base URL."""

    kind: ClassVar[str] = "twilio"
    title: ClassVar[str] = "Twilio Programmable Messaging"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    default_base_url: ClassVar[str] = "https://api.twilio.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (_SID, _TOKEN, _KEY_SID, _KEY_SECRET, _PREVIOUS)
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {code: error for error, codes in _CODES.items() for code in codes}
    safety: ClassVar[Mapping[Channel, Safety]] = {Channel.SMS: Safety.NONE}
    limits: ClassVar[Mapping[Channel, Limits]] = {Channel.SMS: Limits(text=1_600, validity=(1, 36_000))}
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Twilio", given, self.credential_fields)
        if ("api_key_sid" in given) != ("api_key_secret" in given):
            missing = "api_key_secret" if "api_key_sid" in given else "api_key_sid"
            raise BadCredentials(missing, "an API key needs both its SID and its secret")
        name, secret = (given.get(key) or given[other] for key, other in _BASIC)
        self._url = f"{base_url(account, self.default_base_url)}/2010-04-01/Accounts/{given['account_sid']}/Messages.json"
        self._headers = {
            "authorization": basic(name, secret),
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        self._tokens = tuple(given[name].encode() for name in ("auth_token", "previous_auth_token") if name in given)
        # Senders and the callback's unchanging head are few: their encoded form is kept.
        self._sender = lru_cache(maxsize=256)(_encode_sender)
        self._callback_head = lru_cache(maxsize=256)(encode)

    def build_request(self, outbound: Outbound) -> Request:
        """One form POST: Twilio takes one recipient a request. Arrays do not occur, so every name stands once."""
        head, mark, reference = outbound.callback_url.rpartition("=")
        form = (
            f"To={encode(outbound.to)}&{self._sender(outbound.sender)}&Body={encode(outbound.body)}"
            f"&StatusCallback={self._callback_head(head + mark)}{encode(reference)}{_ENCODED_OVERRIDE}"
        )
        if outbound.validity is not None:
            form += f"&ValidityPeriod={self.limits[Channel.SMS].clamp(outbound.validity)}"
        return Request("POST", self._url, self._headers, form.encode("ascii"))

    def read_response(self, response: Response) -> Outcome:
        """What Twilio's answer means. There is no idempotency here, so a 5xx or an unreadable yes may have been acted on."""
        answer = json_object(response.body)
        status = response.status
        if 200 <= status < 300:
            return self._read_yes(status, answer)
        open_end = unsettled(response)
        if open_end is not None:
            return open_end
        code = answer.get("code")
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

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:  # noqa: ARG002
        """Updating a message to canceled: Twilio does it while the message is accepted, scheduled or queued."""
        url = f"{self._url.removesuffix('.json')}/{quote(provider_message_id, safe='')}.json"
        return Request("POST", url, self._headers, b"Status=canceled")

    def read_cancel(self, response: Response) -> bool:
        """Only a message shown as canceled will not be sent; any refusal says that it was too late."""
        return 200 <= response.status < 300 and json_object(response.body).get("status") == "canceled"

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Status callbacks become receipts, texts to our senders become inbound; anything else that is signed is unread."""
        form = self._verified_form(request)
        sid = form.get("MessageSid") or form.get("SmsSid") or ""
        word = form.get("MessageStatus") or form.get("SmsStatus") or ""
        if sid and (not word or word in _INBOUND) and form.keys() >= {"From", "To", "Body"}:
            # Text inside a TwiML answer would be sent to the person: an empty document says nothing.
            return WebhookReading(inbound=(_inbound(sid, form),), answer_body=b"<Response/>", answer_type="text/xml")
        if sid and word and word not in _INBOUND:
            return WebhookReading(receipts=(self._receipt(sid, word, form, request.query),))
        return WebhookReading(unread=1)

    def _receipt(self, sid: str, word: str, form: Mapping[str, str], query: str) -> Receipt:
        code = form.get("ErrorCode", "")
        code = "" if code == "0" else code
        error = self.error_codes.get(code, ErrorClass.UNKNOWN) if code and word in _GONE_WRONG else None
        # RawDlrDoneDate is left alone: minutes only, in a zone nobody states.
        return Receipt(
            event_key=f"{sid}:{word}:{code}",
            raw_status=word,
            state=State.EXPIRED if error is ErrorClass.EXPIRED else _STATES.get(word),
            reference=reference_in(query),
            provider_message_id=sid,
            error=error,
            error_code=code or None,
        )

    def _verified_form(self, request: WebhookRequest) -> Mapping[str, str]:
        """The form of a call proven to be Twilio's (page "Webhooks security"). Raises BadSignature."""
        try:
            given = base64.b64decode(request.headers.get("x-twilio-signature", ""), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadSignature("the signature is not base64") from error
        hashed = _body_hash(request.query)
        pairs = [] if hashed is not None else read_form(request.body)
        if hashed is not None and not hmac.compare_digest(hashed.encode(), hashlib.sha256(request.body).hexdigest().encode()):
            raise BadSignature("the body is not the one that was signed")
        signed = _signed_tail(pairs).encode()
        for url in _spellings(request.url):
            for token in self._tokens:
                if hmac.compare_digest(hmac.digest(token, url.encode() + signed, "sha1"), given):
                    return dict(pairs)
        raise BadSignature("the signature is missing or not this account's")


_BASIC = (("api_key_sid", "account_sid"), ("api_key_secret", "auth_token"))


_ENCODED_OVERRIDE = encode(_OVERRIDE)


def _encode_sender(sender: str) -> str:
    return f"{'MessagingServiceSid' if sender.startswith('MG') else 'From'}={encode(sender)}"


def _signed_tail(pairs: Sequence[tuple[str, str]]) -> str:
    """Name and value of every field, sorted; a value repeated under one name counts once."""
    return "".join(name + value for name, value in sorted(set(pairs)))


def _body_hash(query: str) -> str | None:
    """The hash that stands for a body that is not a form."""
    return next((part.removeprefix("bodySHA256=") for part in query.split("&") if part.startswith("bodySHA256=")), None)


def _spellings(url: str) -> Iterator[str]:
    """The URL as configured, then with its default port written or left out: both are signed in the wild. No fragment."""
    url = url.partition("#")[0]
    yield url
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    if parts.port == default:
        yield parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl()
    elif parts.port is None and default is not None:
        yield parts._replace(netloc=f"{parts.netloc}:{default}").geturl()


def _inbound(sid: str, form: Mapping[str, str]) -> Inbound:
    rcs = form["From"].startswith("rcs:") or form["To"].startswith("rcs:")
    keyword = form.get("OptOutType", "").upper()
    return Inbound(
        event_key=sid,
        provider_message_id=sid,
        from_number=form["From"].removeprefix("rcs:"),
        to_address=form["To"].removeprefix("rcs:"),
        body=form["Body"].replace("\0", ""),  # a text column cannot hold it
        channel=Channel.RCS if rcs else Channel.SMS,
        keyword=keyword if keyword in _KEYWORDS else None,
    )
