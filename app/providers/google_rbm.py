"""How is an RCS message handed to Google, and what do its answers and events mean? RCS for Business API v1, JSON both ways."""

import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import quote

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Limits,
    MayHaveLeft,
    Outbound,
    Outcome,
    Refused,
    Request,
    Response,
    Safety,
    Token,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, Purpose
from app.domain.retry_after import retry_after_seconds
from app.ports import Account, BadCredentials, BadSignature, CredentialField
from app.providers._google_rbm_cards import content_message
from app.providers._google_rbm_events import read_event
from app.providers._signatures import check_hmac, check_secret, from_base64
from app.providers._wire import (
    JSON_HEADERS,
    VISIBLE,
    base_url,
    check_credentials,
    class_of_status,
    dump,
    encode_form,
    host_url,
    inner,
    json_object,
    text_of,
    unsettled,
)

# The canonical words of Google's API errors (google.rpc.Code), by what we do about each.
_CODES: dict[str, ErrorClass] = {
    "NOT_FOUND": ErrorClass.CAPABILITY_MISSING,  # no RCS on that phone, or the agent is not launched on its carrier
    "INVALID_ARGUMENT": ErrorClass.CONTENT_REJECTED,
    "UNAUTHENTICATED": ErrorClass.ACCOUNT,
    "PERMISSION_DENIED": ErrorClass.SENDER_CONFIG,
    "RESOURCE_EXHAUSTED": ErrorClass.THROTTLED,
    "ALREADY_EXISTS": ErrorClass.DUPLICATE,
}
_WORDS_OF_STATUS: Mapping[int, str] = {404: "NOT_FOUND"}
_TRAFFIC = {Purpose.MARKETING: "PROMOTION", Purpose.TRANSACTIONAL: "TRANSACTION"}

_OAUTH = "https://oauth2.googleapis.com"
_AUDIENCE = f"{_OAUTH}/token"
_SCOPE = "https://www.googleapis.com/auth/rcsbusinessmessaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTED = timedelta(hours=1)  # the longest an assertion may count

_EMAIL = CredentialField("client_email", "Service account, client_email", r"^[^@\s]{1,200}@[^@\s]{1,200}$", secret=False)
_KEY = CredentialField(
    "private_key",
    "Service account, private_key (PEM)",
    r"^\s*-----BEGIN (?:RSA )?PRIVATE KEY-----[A-Za-z0-9+/=\\\s]{100,8000}-----END (?:RSA )?PRIVATE KEY-----(?:\s|\\n)*$",
)
_AGENT = CredentialField("agent_id", "Agent id", r"^[A-Za-z0-9_.@-]{1,200}$", secret=False)
_CLIENT_TOKEN = CredentialField("client_token", "Client token of the webhook; signs events", VISIBLE)
_PREVIOUS = CredentialField("previous_client_token", "Client token being rotated out", VISIBLE, required=False)
_REGION = CredentialField("region", "Region: us, europe or asia", r"^(?:us|europe|asia)$", required=False, secret=False)


class GoogleRbm:
    """One agent of Google's RCS for Business. Raises BadCredentials for a missing, malformed or unknown credential."""

    kind: ClassVar[str] = "google_rbm"
    title: ClassVar[str] = "Google RCS for Business"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.RCS})
    default_base_url: ClassVar[str] = "https://rcsbusinessmessaging.googleapis.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (_EMAIL, _KEY, _AGENT, _CLIENT_TOKEN, _PREVIOUS, _REGION)
    error_codes: ClassVar[Mapping[str, ErrorClass]] = _CODES
    safety: ClassVar[Mapping[Channel, Safety]] = {Channel.RCS: Safety.OWN_ID}
    # A time to live of ten seconds at least is advised, fifteen days are the most; a file may be of 100 MB.
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.RCS: Limits(text=3_072, media=1, media_bytes=100_000_000, validity=(10, 1_296_000))
    }
    id_is_ours: ClassVar[bool] = True

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Google RCS", given, self.credential_fields)
        region = given.get("region")
        own = self.default_base_url if region is None else self.default_base_url.replace("://", f"://{region}-", 1)
        self._base = base_url(account, own)
        self._token_url = f"{host_url(account, self._base, _OAUTH)}/token"
        self._email, self._agent = given["client_email"], given["agent_id"]
        self._key = _private_key(given["private_key"])
        self._tokens = tuple(given[name] for name in ("client_token", "previous_client_token") if name in given)

    def build_request(self, outbound: Outbound) -> Request:
        """One POST, under the id we choose: Google ignores a repeat of it. Raises ValueError for what fits no one message."""
        message: dict[str, Any] = {
            "contentMessage": content_message(outbound.body, outbound.content),
            "messageTrafficType": _TRAFFIC[outbound.purpose],
        }
        if outbound.validity is not None:
            message["ttl"] = f"{self.limits[Channel.RCS].clamp(outbound.validity)}s"
        url = f"{self._phone(outbound.to)}/agentMessages?messageId={quote(outbound.own_id, safe='')}&{self._as(outbound.sender)}"
        return Request("POST", url, JSON_HEADERS, dump(message))

    def read_response(self, response: Response) -> Outcome:
        """What Google's answer means. A 404 says that this phone cannot be reached by RCS, or not by this agent."""
        answer = json_object(response.body)
        status = response.status
        if 200 <= status < 300:
            given = text_of(answer.get("name")).rpartition("/agentMessages/")[2]
            return Accepted(given) if given else MayHaveLeft(f"HTTP {status} without a message's name")
        open_end = unsettled(response)
        if open_end is not None:
            return open_end
        word = text_of(inner(answer, "error", "status")) or _WORDS_OF_STATUS.get(status, f"http_{status}")
        error = self.error_codes.get(word) or class_of_status(status)
        # Google's own message may repeat the number; the word is enough to look it up.
        return Refused(error, word, f"Google answered {status} with {word}"[:200], retry_after_seconds(response.headers))

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:
        """Revoking a message that has not reached the phone yet."""
        if channel is not Channel.RCS:
            return None
        url = f"{self._phone(to)}/agentMessages/{quote(provider_message_id, safe='')}?{self._as(self._agent)}"
        return Request("DELETE", url, {"accept": "application/json"}, b"")

    def read_cancel(self, response: Response) -> bool:
        """An empty yes: revoked. A message that was delivered already is refused."""
        return 200 <= response.status < 300

    def build_capability(self, to: str, sender: str, own_id: str) -> Request:
        """Whether the agent reaches a number. Google ignores a question under an id it has seen."""
        url = f"{self._phone(to)}/capabilities?requestId={quote(own_id, safe='')}&{self._as(sender)}"
        return Request("GET", url, {"accept": "application/json"}, b"")

    def read_capability(self, response: Response) -> bool | None:
        """A list of features is a yes, a 404 a no."""
        if response.status == 404:
            return False
        answered = response.status == 200 and isinstance(json_object(response.body).get("features"), list)
        return True if answered else None

    def token_request(self, now: datetime) -> Request | Token:
        """An access token for an assertion signed with the service account's key (RFC 7523)."""
        issued = int(now.timestamp())
        claims = {
            "iss": self._email,
            "scope": _SCOPE,
            "aud": _AUDIENCE,
            "iat": issued,
            "exp": issued + int(_ASSERTED.total_seconds()),
        }
        form = encode_form([("grant_type", _GRANT), ("assertion", jwt.encode(claims, self._key, algorithm="RS256"))])
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        return Request("POST", self._token_url, headers, form)

    def read_token(self, response: Response, now: datetime) -> Token | None:
        """`access_token`, for as many seconds as `expires_in` says; None where it is not told."""
        answer = json_object(response.body)
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if response.status != 200 or not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
            return None
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 10**6:
            return None
        return Token(value, now + timedelta(seconds=seconds))

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """The handshake is answered with its secret; events become receipts and inbound. Whatever is signed is answered 200.

        What is signed is the event inside the Pub/Sub envelope, whichever agent it is for: a partner has one queue for all its
        agents, and an answer other than 200 would hold the others up.
        """
        envelope = json_object(request.body)
        if "clientToken" in envelope and "message" not in envelope:
            return self._shake_hands(envelope)
        event = from_base64(text_of(inner(envelope, "message", "data")))
        if not event:
            raise BadSignature("no event in the envelope", cause="malformed")
        given = from_base64(request.headers.get("x-goog-signature", "").strip())
        check_hmac(given, event, (token.encode() for token in self._tokens), "sha512")
        return read_event(event)

    def _shake_hands(self, envelope: Mapping[str, Any]) -> WebhookReading:
        """Google asks once whether the webhook is ours: the secret goes back as plain text, nothing around it."""
        check_secret(text_of(envelope.get("clientToken")), self._tokens)
        secret = envelope.get("secret")
        if not isinstance(secret, str):
            return WebhookReading(unread=1)
        return WebhookReading(answer_body=secret.encode("utf-8", "replace"))

    def _phone(self, number: str) -> str:
        return f"{self._base}/v1/phones/{quote(number, safe='+')}"

    def _as(self, sender: str) -> str:
        """The agent that speaks: the sender is one; where it is a number, the account's own."""
        agent = self._agent if sender.startswith("+") else sender
        return f"agentId={quote(agent, safe='', errors='replace')}"


@lru_cache(maxsize=64)
def _private_key(pem: str) -> RSAPrivateKey:
    """The key of a service account; a key file's line ends may have stayed escaped. Raises BadCredentials."""
    try:
        key = load_pem_private_key(pem.strip().replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCredentials("private_key", "private_key is no PEM of a private key") from error
    if not isinstance(key, RSAPrivateKey):
        raise BadCredentials("private_key", "private_key must be an RSA key")
    return key
