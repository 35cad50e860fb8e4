"""How are texts, rich messages and calls handed to Bandwidth, and what do its answers and callbacks mean? Basic or OAuth 2.0."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

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
    Token,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel
from app.domain.retry_after import retry_after_seconds
from app.ports import Account, BadCredentials, BadSignature, CredentialField
from app.providers._bandwidth_events import ERROR_CODES, class_of, read_item, read_row
from app.providers._bandwidth_rcs import rcs_content
from app.providers._bandwidth_voice import (
    call_body,
    call_receipt,
    goodbye_bxml,
    machine_bxml,
    person_bxml,
    read_call_event,
)
from app.providers._signatures import check_secret
from app.providers._voice_xml import XML, document, element
from app.providers._wire import (
    JSON_HEADERS,
    VISIBLE,
    base_url,
    basic,
    check_credentials,
    class_of_status,
    dump,
    host_url,
    inner,
    items_of,
    json_object,
    json_value,
    text_of,
    unsettled,
)

_CODE = re.compile(r"\d{3,5}|[a-z][a-z-]{0,60}")
_BEFORE, _AFTER = timedelta(minutes=1), timedelta(minutes=10)  # around a hand-over, in a search without an id

_VOICE_HOST, _TOKEN_HOST = "https://voice.bandwidth.com", "https://api.bandwidth.com"
_ID = r"^[A-Za-z0-9-]{1,64}$"
_FIELDS = (
    CredentialField("account_id", "Account ID", _ID, secret=False),
    CredentialField("application_id", "Messaging application ID", _ID, secret=False),
    CredentialField("voice_application_id", "Voice application ID", _ID, required=False, secret=False),
    CredentialField("callback_username", "User name that callbacks carry", r"^[\x21-\x39\x3b-\x7e]{1,128}$", secret=False),
    CredentialField("callback_password", "Password that callbacks carry", VISIBLE),
    CredentialField("previous_callback_password", "Callback password being rotated out", VISIBLE, required=False),
    CredentialField("client_id", "Client ID of an API credential (OAuth 2.0)", r"^[\x21-\x39\x3b-\x7e]{1,128}$", required=False),
    CredentialField("client_secret", "Client secret of an API credential", VISIBLE, required=False),
    CredentialField("username", "API user name (until Bandwidth ends them)", r"^[\x21-\x39\x3b-\x7e]{1,128}$", required=False),
    CredentialField("password", "API user's password", VISIBLE, required=False),
)
_PAIRS = (("client_id", "client_secret"), ("username", "password"))


class Bandwidth:
    """One Bandwidth account. Raises BadCredentials for credentials that are missing, malformed, unknown, or half a pair.

    With a client's id and secret it is an `Authorises` (it then has `token_request` and `read_token`); an API user goes by Basic.
    """

    kind: ClassVar[str] = "bandwidth"
    title: ClassVar[str] = "Bandwidth"
    channels: ClassVar[frozenset[Channel]] = frozenset(Channel)
    default_base_url: ClassVar[str] = "https://messaging.bandwidth.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = _FIELDS
    error_codes: ClassVar[Mapping[str, ErrorClass]] = ERROR_CODES
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys(Channel, Safety.ECHO)
    # Nobody states how far an expiration may lie: a month is beyond any message of ours. A sentence may have 3,000 signs.
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.SMS: Limits(text=2_048, validity=(5, 2_592_000)),
        Channel.MMS: Limits(text=2_048, media=10, media_bytes=3_750_000, validity=(5, 2_592_000)),
        Channel.RCS: Limits(text=3_270, media=1, media_bytes=100_000_000, validity=(5, 2_592_000)),
        Channel.VOICE: Limits(text=3_000, per_second=5.0, calls_per_second=5.0),
    }
    id_is_ours: ClassVar[bool] = False
    token_request: Callable[[datetime], Request | Token]
    read_token: Callable[[Response, datetime], Token | None]

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Bandwidth", given, self.credential_fields)
        for pair in _PAIRS:
            halves = [name for name in pair if name not in given]
            if len(halves) == 1:
                raise BadCredentials(halves[0], f"{' and '.join(pair)} go together")
        if "client_id" not in given and "username" not in given:
            raise BadCredentials("client_id", "a client's id and secret, or an API user's name and password, are required")
        base = base_url(account, self.default_base_url)
        account_id = given["account_id"]
        self._messages = f"{base}/api/v2/users/{account_id}/messages"
        self._calls = f"{host_url(account, base, _VOICE_HOST)}/api/v2/accounts/{account_id}/calls"
        self._tokens = f"{host_url(account, base, _TOKEN_HOST)}/api/v1/oauth2/token"
        self._application = given["application_id"]
        self._voice_application = given.get("voice_application_id", self._application)
        self._callback = (given["callback_username"], given["callback_password"])
        secrets = (given[name] for name in ("callback_password", "previous_callback_password") if name in given)
        self._proofs = tuple(basic(self._callback[0], secret) for secret in secrets)
        self._headers: Mapping[str, str] = JSON_HEADERS
        if "client_id" in given:
            self._client = basic(given["client_id"], given["client_secret"])
            self.token_request, self.read_token = self._ask_token, _read_token
        else:
            self._headers = {**JSON_HEADERS, "authorization": basic(given["username"], given["password"])}

    def _ask_token(self, now: datetime) -> Request:  # noqa: ARG002  # the port gives the instant
        headers = {
            "authorization": self._client,
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        return Request("POST", self._tokens, headers, b"grant_type=client_credentials")

    def build_request(self, outbound: Outbound) -> Request:
        """One recipient a request: several would be one group conversation. Our reference travels as the tag."""
        if outbound.channel is Channel.VOICE:
            return self._post(self._calls, call_body(outbound, self._voice_application, self._callback))
        body: dict[str, Any] = {"to": [outbound.to], "from": outbound.sender, "applicationId": self._application}
        url = self._messages
        if outbound.channel is Channel.RCS:
            channel = {"from": outbound.sender, "applicationId": self._application, "channel": "RBM"}
            body = {"to": outbound.to, "channelList": [{**channel, "content": rcs_content(outbound)}]}
            url = f"{url}/multiChannel"
        else:
            if outbound.body or not outbound.content.media:
                body["text"] = outbound.body
            if outbound.content.media:
                body["media"] = [medium.url for medium in outbound.content.media]
        body["tag"] = outbound.reference
        if outbound.validity is not None:
            until = outbound.at + timedelta(seconds=self.limits[outbound.channel].clamp(outbound.validity))
            body["expiration"] = f"{until:%Y-%m-%dT%H:%M:%SZ}"
        return self._post(url, body)

    def _post(self, url: str, body: Mapping[str, Any]) -> Request:
        return Request("POST", url, self._headers, dump(body))

    def read_response(self, response: Response) -> Outcome:
        """What an answer means. Nothing makes a repeat known here, so an unclear one may have been acted on."""
        answer, status = json_object(response.body), response.status
        if 200 <= status < 300:
            given = answer.get("id") or inner(answer, "data", "id") or answer.get("callId")
            parts = answer.get("segmentCount")
            if not isinstance(given, str) or not given:
                return MayHaveLeft(f"HTTP {status} without an id")
            return Accepted(given, parts if isinstance(parts, int) and parts > 0 else None)
        open_end = unsettled(response)
        if open_end is not None:
            return open_end
        said = text_of(answer.get("errorCode")) or text_of(answer.get("type")) or text_of(inner(answer, "errors", 0, "type"))
        code = said if _CODE.fullmatch(said) else f"http_{status}"
        error = class_of(code) or class_of_status(status)
        # The description repeats numbers and texts; the code is enough to look it up.
        return Refused(error, code, f"Bandwidth answered {status} with {code}", retry_after_seconds(response.headers))

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Messages come as a list, a call's events one by one. The proof is the name and password that a callback carries."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            check_secret(f"Basic {token.strip()}" if scheme.lower() == "basic" else "", self._proofs)
        except BadSignature as error:
            # Bandwidth offers its credentials when it is asked for them, and tries for a day.
            raise BadSignature(str(error), status=401) from error
        value = json_value(request.body)
        if isinstance(value, dict) and "eventType" in value:
            return read_call_event(value, request.query, self.error_codes)
        receipts: list[Receipt] = []
        inbound: list[Inbound] = []
        unread = 0
        for item in value if isinstance(value, list) else [value]:
            read = read_item(item, request.query)
            match read:
                case Receipt():
                    receipts.append(read)
                case Inbound():
                    inbound.append(read)
                case _:
                    unread += 1
        return WebhookReading(receipts=tuple(receipts), inbound=tuple(inbound), unread=unread)

    def build_lookup(self, sought: Sought) -> Request | None:
        """By the id where it is known, else by the two numbers and the time: a search tells no tags."""
        known = sought.provider_message_id
        if sought.channel is Channel.VOICE:
            asked = f"to={quote(sought.to, safe='')}&from={quote(sought.sender, safe='')}"
            url = (
                f"{self._calls}/{quote(known, safe='')}"
                if known
                else f"{self._calls}?{asked}&minStartTime={_stamp(sought, -_BEFORE)}"
            )
        elif known:
            url = f"{self._messages}?messageId={quote(known, safe='')}"
        elif sought.sender.startswith("+"):
            asked = (
                f"sourceTn={quote(sought.sender, safe='')}&destinationTn={quote(sought.to, safe='')}&messageDirection=OUTBOUND"
            )
            url = f"{self._messages}?{asked}&fromDateTime={_stamp(sought, -_BEFORE)}&toDateTime={_stamp(sought, _AFTER)}"
        else:
            return None
        return Request("GET", url, {name: value for name, value in self._headers.items() if name != "content-type"}, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """An empty answer proves nothing: messages and calls can be searched only a while after they came in."""
        if response.status != 200:
            return Found()
        value = json_value(response.body)
        if sought.channel is Channel.VOICE:
            calls = value if isinstance(value, list) else [value]
            read = [call_receipt(call, self.error_codes) for call in calls if isinstance(call, dict)]
        else:
            read = [read_row(item) for item in items_of(inner(value, "messages")) if isinstance(item, dict)]
        return Found(receipts=tuple(receipt for receipt in read if receipt is not None))

    def answer_call(self, step: CallStep, script: Script) -> CallAnswer:
        """BXML where it is asked for; a machine that was heard while the call spoke is told by replacing what it hears."""
        if script.opted_out:
            return CallAnswer(body=goodbye_bxml(script), content_type=XML)
        if step.moment is CallMoment.MACHINE:
            return CallAnswer(commands=tuple(self._replacements(step, script)))
        if step.moment is CallMoment.ANSWERED:
            by_machine = step.answered_by is AnsweredBy.MACHINE
            return CallAnswer(body=machine_bxml(script) if by_machine else person_bxml(script, self._callback), content_type=XML)
        return CallAnswer(body=document(element("Hangup")), content_type=XML)

    def _replacements(self, step: CallStep, script: Script) -> Iterator[Request]:
        if step.answered_by is AnsweredBy.MACHINE and step.provider_call_id:
            url = f"{self._calls}/{quote(step.provider_call_id, safe='')}/bxml"
            yield Request("PUT", url, {**self._headers, "content-type": XML}, machine_bxml(script))


def _stamp(sought: Sought, by: timedelta) -> str:
    return f"{sought.handed_over_at + by:%Y-%m-%dT%H:%M:%SZ}"


def _read_token(response: Response, now: datetime) -> Token | None:
    answer = json_object(response.body)
    value, seconds = answer.get("access_token"), answer.get("expires_in")
    if response.status != 200 or not isinstance(value, str) or not value:
        return None
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**7
    return Token(value, now + timedelta(seconds=seconds if known and isinstance(seconds, int) else 3_600))
