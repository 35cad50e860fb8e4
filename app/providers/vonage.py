"""How is a message handed to Vonage, and what do its answers and webhooks mean? Messages API v1 and Voice API v1, in JSON."""

import hmac
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

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
    Token,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel
from app.domain.retry_after import retry_after_seconds
from app.ports import Account, BadCredentials, BadSignature, CredentialField
from app.providers._signatures import check_fresh, check_hash, read_jwt
from app.providers._vonage_content import content_of
from app.providers._vonage_events import call_receipt, code_of, read_event
from app.providers._vonage_voice import call_fields, document_for
from app.providers._wire import (
    JSON_HEADERS,
    VISIBLE,
    base_url,
    basic,
    check_credentials,
    class_of_status,
    digits,
    dump,
    json_object,
    text_of,
    unsettled,
)

# The error codes of Vonage's description of its Messages API, classed by what we do about each. 1250, 1251, 1280, 1300 and 1310:
# this road does not reach this number, another may. 1140, 1160, 1400, 1474 and 1475: nor is the account open for it, which must
# not hold the sender for everybody else.
_CODES: dict[ErrorClass, tuple[str, ...]] = {
    ErrorClass.THROTTLED: ("1000", "1241", "1472"),
    ErrorClass.DAILY_CAP: ("1460",),
    ErrorClass.PROVIDER_TEMPORARY: ("1030", "1100", "1331"),
    ErrorClass.ACCOUNT: ("1060", "1070", "1080"),
    ErrorClass.SENDER_CONFIG: ("1120", "1242", "1420", "1476", "1480", "1481", "1484"),
    ErrorClass.INVALID_REQUEST: ("1010", "1020", "1021", "1022", "1130", "1150", "1410", "1431", "1440", "1450"),
    ErrorClass.CONTENT_REJECTED: ("1040", "1090", "1270", "1380", "1381", "1382", "1482"),
    ErrorClass.INVALID_NUMBER: ("1170", "1430"),
    ErrorClass.NOT_IN_SERVICE: ("1190",),
    ErrorClass.OPTED_OUT: ("1240",),
    ErrorClass.BLOCKED: ("1050", "1483"),
    ErrorClass.SPAM_FILTERED: ("1210", "1282", "1470", "1473", "2001"),
    ErrorClass.CAPABILITY_MISSING: ("1140", "1160", "1250", "1251", "1280", "1300", "1310", "1400", "1474", "1475"),
    ErrorClass.TEMPORARILY_UNREACHABLE: ("1180", "1200", "1220", "1230", "1260", "1290"),
    ErrorClass.EXPIRED: ("1360",),
    ErrorClass.DUPLICATE: ("1320",),
    ErrorClass.UNKNOWN: ("1330", "1490"),
}
# Of a refused request these numbers tell something else than of a message: its channel, its kind, our reference.
_OF_A_REQUEST = frozenset({"1060", "1100", "1140"})
_LATEST = 1e11  # Unix seconds; beyond any instant
_LIFE = timedelta(minutes=15)  # a token's, as in Vonage's own libraries

_PEM = r"^\s*-----BEGIN (?:RSA )?PRIVATE KEY-----[A-Za-z0-9+/=\s]{100,16000}-----END (?:RSA )?PRIVATE KEY-----\s*$"
_KEY = CredentialField("api_key", "API key", r"^[0-9A-Za-z]{4,64}$", secret=False)
_SECRET = CredentialField("api_secret", "API secret; messages go by it where there is no application", VISIBLE, required=False)
_SIGNATURE = CredentialField("signature_secret", "Signature secret, which proves webhooks", VISIBLE)
_PREVIOUS = CredentialField("previous_signature_secret", "Signature secret being rotated out", VISIBLE, required=False)
_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_APPLICATION = CredentialField("application_id", "Application; calls need one", _UUID, required=False, secret=False)
_PRIVATE = CredentialField("private_key", "The application's private key (PEM)", _PEM, required=False)


class Vonage:
    """One Vonage account. Raises BadCredentials for credentials that are missing, malformed, unknown, or half a pair.

    With an application's id and private key it is an `Authorises` (it then has `token_request` and `read_token`); with the API
    secret alone messages go by Basic, and calls not at all.
    """

    kind: ClassVar[str] = "vonage"
    title: ClassVar[str] = "Vonage"
    channels: ClassVar[frozenset[Channel]] = frozenset(Channel)
    default_base_url: ClassVar[str] = "https://api.nexmo.com"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (_KEY, _SECRET, _SIGNATURE, _PREVIOUS, _APPLICATION, _PRIVATE)
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {code: error for error, codes in _CODES.items() for code in codes}
    # `client_ref` comes back with a message; with a call only its callback URL does.
    safety: ClassVar[Mapping[Channel, Safety]] = {**dict.fromkeys(Channel, Safety.ECHO), Channel.VOICE: Safety.NONE}
    limits: ClassVar[Mapping[Channel, Limits]] = {
        Channel.SMS: Limits(text=3_200, validity=(20, 604_800)),
        Channel.MMS: Limits(text=3_000, media=10, media_bytes=600_000, validity=(300, 259_200)),
        Channel.RCS: Limits(text=3_072, media=1, media_bytes=100_000_000, validity=(20, 259_200)),
        Channel.VOICE: Limits(text=1_500, per_second=3.0, calls_per_second=3.0),
    }
    id_is_ours: ClassVar[bool] = False
    token_request: Callable[[datetime], Request | Token]
    read_token: Callable[[Response, datetime], Token | None]

    def __init__(self, account: Account) -> None:
        given = account.credentials
        check_credentials("Vonage", given, self.credential_fields)
        if ("application_id" in given) != ("private_key" in given):
            missing = "private_key" if "application_id" in given else "application_id"
            raise BadCredentials(missing, "an application needs both its id and its private key")
        self._url = f"{base_url(account, self.default_base_url)}/v1"
        self._api_key = given["api_key"]
        self._secrets = tuple(given[name] for name in ("signature_secret", "previous_signature_secret") if name in given)
        self._application = given.get("application_id")
        self._headers: Mapping[str, str] = JSON_HEADERS
        if self._application is not None:
            self._private_key = _private_key(given["private_key"])
            self.token_request, self.read_token = self._make_token, _no_token
        elif "api_secret" in given:
            self._headers = {**JSON_HEADERS, "authorization": basic(self._api_key, given["api_secret"])}
        else:
            raise BadCredentials("api_secret", "the API secret, or an application's id and private key, are required")

    def _make_token(self, now: datetime) -> Token:
        """A token of the application, signed here. Its id is made of who and when: one for each instant."""
        expires_at = now + _LIFE
        claims = {
            "application_id": self._application,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._application}/{now.isoformat()}")),
        }
        return Token(jwt.encode(claims, self._private_key, algorithm="RS256"), expires_at)

    def build_request(self, outbound: Outbound) -> Request:
        """One JSON POST, one recipient. Raises BadCredentials for a call of an account without an application."""
        if outbound.channel is Channel.VOICE:
            if self._application is None:
                raise BadCredentials("application_id", "calls go by an application")
            return Request("POST", f"{self._url}/calls", self._headers, dump(call_fields(outbound)))
        fields: dict[str, Any] = {
            "to": digits(outbound.to),
            "from": digits(outbound.sender),
            "channel": outbound.channel.value,
            **content_of(outbound),
            "client_ref": outbound.reference,
            "webhook_url": outbound.callback_url,
            "webhook_version": "v1",
        }
        if outbound.validity is not None:
            fields["ttl"] = self.limits[outbound.channel].clamp(outbound.validity)
        return Request("POST", f"{self._url}/messages", self._headers, dump(fields))

    def read_response(self, response: Response) -> Outcome:
        """What Vonage's answer means. There is no idempotency here, so a 5xx or an unreadable yes may have been acted on."""
        answer = json_object(response.body)
        status = response.status
        if 200 <= status < 300:
            taken = text_of(answer.get("message_uuid")) or text_of(answer.get("uuid"))
            return Accepted(taken) if taken else MayHaveLeft(f"HTTP {status} without an id")
        open_end = unsettled(response)
        if open_end is not None:
            return open_end
        code = code_of(answer)
        known = None if status == 422 and code in _OF_A_REQUEST else self.error_codes.get(code)
        error = known or class_of_status(status)
        said = code or f"http_{status}"
        return Refused(error, said, f"Vonage answered {status} with {said}", retry_after_seconds(response.headers))

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:  # noqa: ARG002  # the port's
        """Revoking an RCS message that has not reached the phone, which takes an application.

        It is asked of the region's host: the account's base URL.
        """
        if channel is not Channel.RCS or self._application is None:
            return None
        url = f"{self._url}/messages/{quote(provider_message_id, safe='')}"
        return Request("PATCH", url, self._headers, dump({"status": "revoked"}))

    def read_cancel(self, response: Response) -> bool:
        """A 2xx took the revocation; a refusal says that there was nothing to take back."""
        return 200 <= response.status < 300

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Verify the token of the call, then read it. Raises BadSignature.

        Now and then Vonage's own fault sends a call unsigned: it is not believed, and a 5xx has it sent again signed.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            raise BadSignature("the call is not signed", status=503)
        if scheme.lower() != "bearer":
            raise BadSignature("the call carries no token")
        claims = read_jwt(token.strip(), self._secrets, algorithms=("HS256",), now=request.received_at)
        self._check_claims(claims, request)
        return read_event(json_object(request.body), request.query, text_of(claims.get("jti")), self.error_codes)

    def _check_claims(self, claims: Mapping[str, Any], request: WebhookRequest) -> None:
        issued, owner = claims.get("iat"), claims.get("api_key")
        if isinstance(issued, bool) or not isinstance(issued, int | float) or not 0 < issued < _LATEST:
            raise BadSignature("the token has no instant", cause="malformed")
        check_fresh(issued, request.received_at)
        if not isinstance(owner, str) or not hmac.compare_digest(owner.encode("utf-8", "replace"), self._api_key.encode()):
            raise BadSignature("the token is another account's")
        check_hash(claims.get("payload_hash"), request.body)

    def build_lookup(self, sought: Sought) -> Request | None:
        """One call by its id. Of messages nothing can be asked."""
        if sought.channel is not Channel.VOICE or sought.provider_message_id is None:
            return None
        return Request("GET", f"{self._url}/calls/{quote(sought.provider_message_id, safe='')}", self._headers, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """How far the call has come; nothing for an answer that is not of this call."""
        answer = json_object(response.body)
        call = text_of(answer.get("uuid"))
        if response.status != 200 or not call or call != sought.provider_message_id or not text_of(answer.get("status")):
            return Found()
        return Found(receipts=(call_receipt(call, answer, sought.reference),))

    def answer_call(self, step: CallStep, script: Script) -> CallAnswer:
        """The NCCO the call goes on with."""
        return CallAnswer(body=dump(document_for(step, script)), content_type="application/json")


def _private_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadCredentials("private_key", "private_key is not an RSA key in PEM") from error
    if not isinstance(key, RSAPrivateKey):
        raise BadCredentials("private_key", "private_key is not an RSA key in PEM")
    return key


def _no_token(response: Response, now: datetime) -> Token | None:  # noqa: ARG001  # stands in for the port's read_token
    """No token is ever asked for: it is made here."""
    return None
