"""How is a message handed to Infobip, and what do its answers and reports mean? SMS v3, MMS v2, RCS v2 and voice messages."""

import re
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
from app.ports import Account, CredentialField
from app.providers._infobip_bodies import LOGS, PATHS, message_body, request_body
from app.providers._infobip_codes import ERROR_CODES, REFUSED, TAKEN, code_of, group_of
from app.providers._infobip_events import read_events, receipt_of
from app.providers._signatures import check_secret
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
    inner,
    items_of,
    json_object,
    json_value,
    text_of,
    unsettled,
)

_KEY = CredentialField("api_key", "API key", VISIBLE)
_USER = CredentialField("webhook_username", "Name that Infobip shows at our URL", r"^[A-Za-z0-9_.-]{1,64}$", secret=False)
_PASSWORD = CredentialField("webhook_password", "Password (Basic) or token (Bearer) that Infobip shows at our URL", VISIBLE)
_PREVIOUS = CredentialField("previous_webhook_password", "Webhook password being rotated out", VISIBLE, required=False)

_NAMED = re.compile(r"messages\[(\d{1,4})\]")
_REACHED, _NOT_REACHED = frozenset({"ENABLED"}), frozenset({"UNREACHABLE", "AGENT_NOT_LAUNCHED", "INVALID_DESTINATION_ADDRESS"})
_VALIDITY = (1, 172_800)  # 48 hours


class Infobip:
    """One Infobip account. Raises BadCredentials for a missing, malformed or unknown credential, or an unusable base URL.

    An account has a host of its own (`https://xxxxx.api.infobip.com`); the shared one answers as well.
    """

    kind: ClassVar[str] = "infobip"
    title: ClassVar[str] = "Infobip"
    channels: ClassVar[frozenset[Channel]] = frozenset(Channel)
    default_base_url: ClassVar[str] = "https://api.infobip.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (_KEY, _USER, _PASSWORD, _PREVIOUS)
    error_codes: ClassVar[Mapping[str, ErrorClass]] = ERROR_CODES
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys(Channel, Safety.OWN_ID)
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.SMS: Limits(text=3_825, validity=_VALIDITY),  # 25 parts of 153 characters
        Channel.MMS: Limits(text=1_600, media=10, validity=_VALIDITY),
        Channel.RCS: Limits(text=3_072, media=1, media_bytes=100_000_000, validity=_VALIDITY),
        Channel.VOICE: Limits(text=1_400, validity=(60, 172_800), per_second=2_000.0),
    }
    id_is_ours: ClassVar[bool] = True
    capability_limit: ClassVar[int] = 500
    batch_limit: ClassVar[int] = 250

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Infobip", given, self.credential_fields)
        self._base = base_url(account, self.default_base_url)
        self._headers = {**JSON_HEADERS, "authorization": f"App {given['api_key']}"}
        self._user, self._password = given["webhook_username"], given["webhook_password"]
        passwords = [given[name] for name in ("webhook_password", "previous_webhook_password") if name in given]
        self._shown = [shown for each in passwords for shown in (basic(self._user, each), f"Bearer {each}")]

    def build_request(self, outbound: Outbound) -> Request:
        """One message with an id of ours: Infobip refuses a second one with the same id, so a repeat is safe."""
        return self._request(outbound.channel, [outbound])

    def read_response(self, response: Response) -> Outcome:
        """What the answer means. A message is taken or refused inside a 200."""
        refused = self._refused(response)
        return refused or _outcome(inner(json_object(response.body), "messages", 0))

    def batch_key(self, outbound: Outbound) -> Hashable | None:
        """Messages are objects of their own, with texts and callbacks of their own: those of one channel go together."""
        return outbound.channel

    def build_batch(self, batch: Batch) -> Request:
        """As many message objects in one request, each under its own id, reference and callback URL."""
        return self._request(batch.members[0].channel, batch.members)

    def read_batch(self, batch: Batch, response: Response) -> Sequence[Outcome]:
        """What became of each member, by its id; one that the answer does not name may have left.

        A request refused as a whole did nothing. Where it names the messages it stumbled over, the others may be tried again.
        """
        refused = self._refused(response)
        if refused is not None:
            named = _named(response) if isinstance(refused, Refused) else frozenset()
            again = Refused(ErrorClass.PROVIDER_TEMPORARY, "batch", "Infobip refused the batch for another of its messages")
            return [refused if not named or place in named else again for place in range(len(batch.members))]
        answers = {text_of(inner(item, "messageId")): item for item in items_of(inner(json_object(response.body), "messages"))}
        return [_outcome(answers.get(member.own_id)) for member in batch.members]

    def build_lookup(self, sought: Sought) -> Request | None:
        """The logs of the last 48 hours by our id. Reports would be told only once, and the webhook may still want its own."""
        url = f"{self._base}{LOGS[sought.channel]}?messageId={quote(sought.own_id, safe='')}"
        return Request("GET", url, self._headers, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """What the logs say of it. That they do not know it proves nothing: they may lag behind."""
        if response.status != 200:
            return Found()
        lines = items_of(inner(json_object(response.body), "results"))
        mine = [line for line in lines if text_of(inner(line, "messageId")) == sought.own_id]
        told = [receipt_of(line, sought.reference) for line in mine]
        return Found(receipts=tuple(receipt for receipt in told if receipt is not None))

    def build_capability(self, to: str, sender: str, own_id: str) -> Request:  # noqa: ARG002  # the port's
        """Whether a number can be reached by RCS from this sender, answered at once."""
        return self.build_capabilities([to], sender)

    def read_capability(self, response: Response) -> bool | None:
        """Enabled, not reachable, or nothing known: a failed check says neither."""
        return _reached(inner(json_object(response.body), "capabilityCheckResults", 0)) if response.status == 200 else None

    def build_capabilities(self, to: Sequence[str], sender: str) -> Request:
        """The same of up to 500 numbers."""
        body = {"sender": sender, "phoneNumbers": [digits(number) for number in to]}
        return Request("POST", f"{self._base}/rcs/2/capability-check/query", self._headers, dump(body))

    def read_capabilities(self, to: Sequence[str], response: Response) -> Mapping[str, bool]:
        """A result names its number; order and number of the results are not relied on."""
        results = items_of(inner(json_object(response.body), "capabilityCheckResults")) if response.status == 200 else []
        said = {digits(text_of(inner(result, "phoneNumber"))): _reached(result) for result in results}
        found = {number: said.get(digits(number)) for number in to}
        return {number: reached for number, reached in found.items() if reached is not None}

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Reports, seen reports and inbound. Infobip signs nothing: it shows the credentials that our URL carries."""
        check_secret(request.headers.get("authorization", ""), self._shown)
        return read_events(json_value(request.body), request.query)

    def _request(self, channel: Channel, members: Sequence[Outbound]) -> Request:
        return Request(
            "POST", self._base + PATHS[channel], self._headers, dump(request_body(channel, [*map(self._message, members)]))
        )

    def _message(self, outbound: Outbound) -> dict[str, Any]:
        validity = None if outbound.validity is None else self.limits[outbound.channel].clamp(outbound.validity)
        return message_body(outbound, credentialed(outbound.callback_url, self._user, self._password), validity)

    def _refused(self, response: Response) -> Refused | MayHaveLeft | None:
        """The outcome of a request that was not simply answered; None for a 2xx, whose messages speak for themselves."""
        open_end = unsettled(response)
        if open_end is not None or 200 <= response.status < 300:
            return open_end
        answer = json_object(response.body)
        given = text_of(answer.get("errorCode")) or text_of(inner(answer, "requestError", "serviceException", "messageId"))
        code = given if re.fullmatch(r"[A-Z0-9_]{1,40}", given) else f"http_{response.status}"
        error = self.error_codes.get(code) or class_of_status(response.status)
        return Refused(error, code, f"Infobip answered {response.status} with {code}", retry_after_seconds(response.headers))


def _reached(result: Any) -> bool | None:
    code = text_of(inner(result, "code"))
    return code in _REACHED if code in _REACHED | _NOT_REACHED else None


def _outcome(item: Any) -> Outcome:
    """What one message of an answer came to."""
    message_id, group = text_of(inner(item, "messageId")), group_of(item)
    if group in REFUSED:
        code = code_of(item)
        return Refused(ERROR_CODES.get(code, ErrorClass.UNKNOWN), code, f"Infobip refused the message with {code}")
    if group not in TAKEN or not message_id:
        return MayHaveLeft("the answer does not speak of the message")
    parts = inner(item, "details", "messageCount")
    return Accepted(message_id, parts if isinstance(parts, int) and not isinstance(parts, bool) and parts > 0 else None)


def _named(response: Response) -> frozenset[int]:
    """The places of the messages that a refused request was refused for."""
    faults = items_of(json_object(response.body).get("violations"))
    found = [_NAMED.search(text_of(inner(fault, "property"))) for fault in faults]
    return frozenset(int(match[1]) for match in found if match)
