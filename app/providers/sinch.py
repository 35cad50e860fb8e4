"""How is a message handed to Sinch, and what do its answers and callbacks mean? SMS API (XMS), Conversation API and Voice API."""

import re
from base64 import b64encode
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote, urlencode, urlsplit

from app.domain.delivery import (
    Accepted,
    Batch,
    CallAnswer,
    CallStep,
    ErrorClass,
    Found,
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
    Token,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.domain.retry_after import retry_after_seconds
from app.ports import Account, BadCredentials, BadSignature, CredentialField
from app.providers._signatures import check_fresh, check_hmac, check_secret, from_base64
from app.providers._sinch_bodies import app_message, batch_body
from app.providers._sinch_codes import ERROR_CODES
from app.providers._sinch_events import read_app_event, read_batch_event, recipient_report
from app.providers._sinch_voice import answer_call, callout_body, check_signature, ended, read_call, signature
from app.providers._wire import (
    JSON_HEADERS,
    VISIBLE,
    base_url,
    basic,
    check_credentials,
    class_of_status,
    credentialed,
    digits,
    dump,
    host_url,
    inner,
    items_of,
    json_object,
    json_value,
    plus,
    text_of,
    unsettled,
)

_UUID = r"^[0-9A-Za-z-]{8,64}$"
_BASE64 = r"^[A-Za-z0-9+/]{16,128}={0,2}$"
_FIELDS = (
    CredentialField("region", "Region: us, eu, au, br or ca", r"^(?:us|eu|au|br|ca)$", required=False, secret=False),
    CredentialField("service_plan_id", "Service plan id (SMS)", _UUID, required=False, secret=False),
    CredentialField("api_token", "API token of the service plan", VISIBLE, required=False),
    CredentialField("project_id", "Project id (RCS; SMS without a service plan)", _UUID, required=False, secret=False),
    CredentialField("key_id", "Access key id of the project", _UUID, required=False, secret=False),
    CredentialField("key_secret", "Access key secret of the project", VISIBLE, required=False),
    CredentialField("application_key", "Application key (voice)", _UUID, required=False, secret=False),
    CredentialField("application_secret", "Application secret; also signs calls' callbacks", _BASE64, required=False),
    CredentialField("previous_application_secret", "Application secret being rotated out", _BASE64, required=False),
    CredentialField("webhook_username", "Name that Sinch shows at our URL", r"^[A-Za-z0-9_.-]{1,64}$", secret=False),
    CredentialField("webhook_password", "Password that Sinch shows at our URL", VISIBLE),
    CredentialField("previous_webhook_password", "Webhook password being rotated out", VISIBLE, required=False),
    CredentialField("webhook_secret", "Secret that Sinch signs callbacks with (HMAC)", VISIBLE, required=False),
    CredentialField("previous_webhook_secret", "Webhook secret being rotated out", VISIBLE, required=False),
)
_TOGETHER = (("service_plan_id", "api_token"), ("project_id", "key_id", "key_secret"), ("application_key", "application_secret"))
_CALLING = {"us": "use1", "eu": "euc1", "br": "sae1", "au": "apse2", "ca": "use1"}
_TALKING = {"us": "us", "eu": "eu", "br": "br", "au": "us", "ca": "us"}
_SIGNED = "x-sinch-webhook-signature"
_CODE = re.compile(r"[A-Za-z0-9_]{1,60}")


class Sinch:
    """One Sinch account: a service plan, a project, a voice application, or several of them.

    Raises BadCredentials for a missing, malformed or unknown credential, a set that is not whole, or an unusable base URL.
    """

    kind: ClassVar[str] = "sinch"
    title: ClassVar[str] = "Sinch"
    channels: ClassVar[frozenset[Channel]] = frozenset(Channel)
    default_base_url: ClassVar[str] = "https://us.sms.api.sinch.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = _FIELDS
    error_codes: ClassVar[Mapping[str, ErrorClass]] = ERROR_CODES
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys(Channel, Safety.ECHO)
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.SMS: Limits(text=1_600, validity=(1, 259_200)),
        Channel.MMS: Limits(text=1_600, media=1, validity=(1, 259_200)),
        Channel.RCS: Limits(text=3_072, media=1, media_bytes=100_000_000, validity=(1, 259_200), per_second=800.0),
        Channel.VOICE: Limits(text=1_300),  # 600 to a person and 600 to a machine
    }
    id_is_ours: ClassVar[bool] = False
    batch_limit: ClassVar[int] = 1_000

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Sinch", given, self.credential_fields)
        _check_together(given)
        region = given.get("region", "us")
        token = given.get("api_token")
        self._base = base_url(account, f"https://{'' if token else 'zt.'}{region}.sms.api.sinch.com")
        plan = given.get("service_plan_id") or given.get("project_id")
        self._batches = f"{self._base}/xms/v1/{plan}/batches" if plan else ""
        self._batch_headers = {**JSON_HEADERS, **({"authorization": f"Bearer {token}"} if token else {})}
        talking = host_url(account, self._base, f"https://{_TALKING[region]}.conversation.api.sinch.com")
        self._apps = f"{talking}/v1/projects/{given['project_id']}/messages:send" if "project_id" in given else ""
        self._tokens = f"{host_url(account, self._base, 'https://auth.sinch.com')}/oauth2/token"
        self._project = basic(given.get("key_id", ""), given.get("key_secret", ""))
        calling = host_url(account, self._base, f"https://calling-{_CALLING[region]}.api.sinch.com")
        self._calls = f"{calling}/calling/v1" if "application_key" in given else ""
        self._application, self._application_secret = given.get("application_key", ""), given.get("application_secret", "")
        self._application_secrets = _keys(given)
        self._user, self._password = given["webhook_username"], given["webhook_password"]
        self._shown = [basic(self._user, password) for password in _both(given, "webhook_password")]
        self._secrets = [secret.encode() for secret in _both(given, "webhook_secret")]

    def build_request(self, outbound: Outbound) -> Request:
        """A batch of one, an app message or a callout. Raises ValueError where the account has no such product."""
        if outbound.channel is Channel.VOICE:
            return self._callout(outbound)
        callback_url = credentialed(outbound.callback_url, self._user, self._password)
        if outbound.channel is Channel.RCS:
            body = app_message(outbound, callback_url=callback_url, validity=self._validity(outbound))
            return Request("POST", _present(self._apps), JSON_HEADERS, dump(body))
        return self._batch((outbound,), outbound.reference, callback_url)

    def read_response(self, response: Response) -> Outcome:
        """What the answer means. A batch of one has its batch's id; nothing here knows a repeat."""
        refused = self._refused(response)
        if refused is not None:
            return refused
        answer = json_object(response.body)
        for name in ("id", "message_id", "callId"):
            message_id = answer.get(name)
            if isinstance(message_id, str) and message_id:
                return Accepted(message_id)
        return MayHaveLeft(f"HTTP {response.status} without a message id")

    def batch_key(self, outbound: Outbound) -> Hashable | None:
        """One sender, one picture and one end for all; the words are each one's own. Rich messages and calls go alone."""
        if outbound.channel not in {Channel.SMS, Channel.MMS}:
            return None
        return outbound.channel, outbound.sender, outbound.at, outbound.validity, outbound.content

    def build_batch(self, batch: Batch) -> Request:
        """One batch whose text is a parameter of each recipient's; its reference comes back beside the recipient."""
        return self._batch(batch.members, batch.reference, credentialed(batch.callback_url, self._user, self._password))

    def read_batch(self, batch: Batch, response: Response) -> Sequence[Outcome]:
        """A message's id is its batch's and its recipient. Batches are taken whole; whom the answer leaves out may have left."""
        refused = self._refused(response)
        if refused is not None:
            return [refused] * len(batch.members)
        answer = json_object(response.body)
        batch_id, taken = answer.get("id"), {digits(text_of(number)) for number in items_of(answer.get("to"))}
        if not isinstance(batch_id, str) or not batch_id:
            return [MayHaveLeft(f"HTTP {response.status} without a batch id")] * len(batch.members)
        return [
            Accepted(f"{batch_id}:{digits(member.to)}")
            if digits(member.to) in taken
            else MayHaveLeft("the answer does not speak of the recipient")
            for member in batch.members
        ]

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:
        """A batch of one is deleted; from a batch of many, which must go on to the others, its one recipient is taken out."""
        if channel not in {Channel.SMS, Channel.MMS} or not self._batches:
            return None
        batch_id, of_many, _ = provider_message_id.partition(":")
        url = f"{self._batches}/{quote(batch_id, safe='')}"
        if not of_many:
            return Request("DELETE", url, self._batch_headers, b"")
        kind = "mt_media" if channel is Channel.MMS else "mt_text"
        return Request("POST", url, self._batch_headers, dump({"type": kind, "to_remove": [digits(to)]}))

    def read_cancel(self, response: Response) -> bool:
        """Sinch changes a batch only while it has not been sent."""
        return response.status == 200 and bool(text_of(json_object(response.body).get("id")))

    def build_lookup(self, sought: Sought) -> Request | None:
        """A recipient's report, a lost batch of one by its reference, or a call. A rich message's fate cannot be asked for."""
        known = sought.provider_message_id
        if sought.channel is Channel.VOICE:
            url = f"{self._calls}/calls/id/{quote(known or '', safe='')}"
            shown = {**JSON_HEADERS, "authorization": basic(self._application, self._application_secret)}
            return Request("GET", url, shown, b"") if known and self._calls else None
        if sought.channel is Channel.RCS or not self._batches:
            return None
        if known:
            url = f"{self._batches}/{quote(known.partition(':')[0], safe='')}/delivery_report/{quote(digits(sought.to), safe='')}"
        else:
            since = (sought.handed_over_at - timedelta(minutes=5)).isoformat(timespec="seconds").replace("+00:00", "Z")
            url = f"{self._batches}?{urlencode({'client_reference': sought.reference, 'start_date': since})}"
        return Request("GET", url, self._batch_headers, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """What the answer tells. A reference that is not found proves nothing: the message may have gone in a batch of many."""
        answer = json_object(response.body)
        if response.status != 200:
            return Found()
        if sought.channel is Channel.VOICE:
            call_id = text_of(answer.get("callId")) or sought.provider_message_id or ""
            final = text_of(answer.get("status")).upper() == "FINAL"
            return Found(receipts=(ended(answer, call_id, sought.reference),) if final else ())
        if sought.provider_message_id:
            told = recipient_report({**answer, "client_reference": sought.reference}, None)
            return Found(receipts=(told,) if told else ())
        mine = [each for each in items_of(answer.get("batches")) if inner(each, "client_reference") == sought.reference]
        ids = [text_of(inner(each, "id")) for each in mine]
        return Found(receipts=tuple(_listed(sought, batch_id) for batch_id in ids if batch_id))

    def token_request(self, now: datetime) -> Request | Token:  # noqa: ARG002  # only the answer is read against a clock
        """The project's token (OAuth 2.0 client credentials). What needs none brings an authorization of its own."""
        headers = {
            "authorization": self._project,
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        return Request("POST", self._tokens, headers, b"grant_type=client_credentials")

    def read_token(self, response: Response, now: datetime) -> Token | None:
        """The token, good for as long as it says."""
        answer = json_object(response.body)
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        usable = response.status == 200 and isinstance(value, str) and value.isascii() and value.isprintable()
        if not usable or isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e7:
            return None
        return Token(str(value), now + timedelta(seconds=seconds)) if value else None

    def answer_call(self, step: CallStep, script: Script) -> CallAnswer:
        """What a call says next, in SVAML."""
        return answer_call(step, script)

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Calls' events are signed with the application's secret, others with the webhook's, or show Basic."""
        shown = request.headers.get("authorization", "")
        if shown.partition(" ")[0].lower() == "application":
            check_signature(request, self._application, self._application_secrets)
            return read_call(json_value(request.body), request.query)
        nonce = ""
        if _SIGNED in request.headers:
            nonce = self._check_signed(request)
        else:
            self._check_shown(shown)
        body = json_value(request.body)
        if isinstance(body, dict) and "app_id" in body and "type" not in body:
            reading = read_app_event(body, request.query)
        else:
            reading = read_batch_event(body, request.query)
        return WebhookReading(receipts=reading.receipts, inbound=reading.inbound, unread=reading.unread, nonce=nonce)

    def _check_shown(self, shown: str) -> None:
        """Basic, with the name and password that our URL carries."""
        scheme, _, token = shown.partition(" ")
        try:
            check_secret(f"Basic {token.strip()}" if scheme.lower() == "basic" else "", self._shown)
        except BadSignature as error:
            # A client with the credentials in its URL may wait to be asked for them, and Sinch tries nothing else again.
            raise BadSignature(str(error), status=401) from error

    def _check_signed(self, request: WebhookRequest) -> str:
        """The nonce of a callback signed as the Conversation API signs: body, nonce and time."""
        nonce, stamp = (request.headers.get(f"{_SIGNED}-{name}", "") for name in ("nonce", "timestamp"))
        algorithm = request.headers.get(f"{_SIGNED}-algorithm", "HmacSHA256")
        if algorithm.lower() != "hmacsha256" or not nonce:
            raise BadSignature("the signature is of another kind than Sinch's")
        signed = request.body + f".{nonce}.{stamp}".encode("utf-8", "replace")
        check_hmac(from_base64(request.headers[_SIGNED]), signed, self._secrets, "sha256")
        check_fresh(stamp, request.received_at)
        return nonce

    def _batch(self, members: Sequence[Outbound], reference: str, callback_url: str) -> Request:
        body = batch_body(members, reference=reference, callback_url=callback_url, validity=self._validity(members[0]))
        return Request("POST", _present(self._batches), self._batch_headers, dump(body))

    def _callout(self, outbound: Outbound) -> Request:
        url, body = f"{_present(self._calls)}/callouts", callout_body(outbound)
        stamp = outbound.at.isoformat(timespec="seconds").replace("+00:00", "Z")
        secret = self._application_secrets[0]
        hashed = signature(secret, "POST", body, JSON_HEADERS["content-type"], stamp, urlsplit(url).path)
        authorization = f"application {self._application}:{b64encode(hashed).decode('ascii')}"
        return Request("POST", url, {**JSON_HEADERS, "x-timestamp": stamp, "authorization": authorization}, body)

    def _validity(self, outbound: Outbound) -> int | None:
        return None if outbound.validity is None else self.limits[outbound.channel].clamp(outbound.validity)

    def _refused(self, response: Response) -> Refused | MayHaveLeft | None:
        """The outcome of a request that was not simply answered; None for a 2xx."""
        open_end = unsettled(response)
        if open_end is not None or 200 <= response.status < 300:
            return open_end
        answer = json_object(response.body)
        codes = (answer.get("code"), inner(answer, "error", "status"), answer.get("errorCode"))
        code = next((each for each in map(text_of, codes) if _CODE.fullmatch(each)), f"http_{response.status}")
        error = self.error_codes.get(code) or class_of_status(response.status)
        return Refused(error, code, f"Sinch answered {response.status} with {code}", retry_after_seconds(response.headers))


def _check_together(given: Mapping[str, str]) -> None:
    for names in _TOGETHER:
        missing = [name for name in names if name not in given]
        if missing and len(missing) < len(names):
            raise BadCredentials(missing[0], f"{', '.join(names)} belong together")
    if not any(names[0] in given for names in _TOGETHER):
        raise BadCredentials("service_plan_id", "a service plan, a project or an application is needed")


def _keys(given: Mapping[str, str]) -> list[bytes]:
    try:
        return [from_base64(secret) for secret in _both(given, "application_secret")]
    except BadSignature as error:
        raise BadCredentials("application_secret", "application_secret is not base64") from error


def _both(given: Mapping[str, str], name: str) -> list[str]:
    """A secret and the one being rotated out, those there are."""
    return [given[each] for each in (name, f"previous_{name}") if each in given]


def _present(url: str) -> str:
    if not url:
        raise ValueError("the account has no credentials for this channel")
    return url


def _listed(sought: Sought, batch_id: str) -> Receipt:
    """That a lost batch of one is there."""
    return Receipt(
        event_key=f"{batch_id}:listed",
        raw_status="listed",
        state=State.SUBMITTED,
        reference=sought.reference,
        provider_message_id=batch_id,
        recipient=plus(digits(sought.to)) or None,
    )
