"""A carrier that can do all a webhook may say: receipts, texts, taps, keys, notices, calls that ask, and unique deliveries.

Its webhooks are JSON in the words of app/domain/delivery.py, signed with a shared secret.
"""

import hmac
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from app.domain.delivery import (
    Accepted,
    AnsweredBy,
    CallAnswer,
    CallMoment,
    CallStep,
    ErrorClass,
    Inbound,
    InboundKind,
    Limits,
    Outbound,
    Outcome,
    Receipt,
    Request,
    Response,
    Safety,
    Script,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.domain.rich import Media
from app.ports import Account, BadSignature, CredentialField

SECRET = "a-secret-both-know"


class TalkingCarrier:
    """Signed JSON in, a sentence of text out; `via_commands` has calls told by requests instead."""

    kind: ClassVar[str] = "talking"
    title: ClassVar[str] = "Talking carrier"
    channels: ClassVar[frozenset[Channel]] = frozenset(Channel)
    default_base_url: ClassVar[str] = "https://api.talking.example"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (CredentialField("secret", "Shared secret", r"\S{8,}"),)
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {"off": ErrorClass.OPTED_OUT}
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys(Channel, Safety.ECHO)
    limits: ClassVar[Mapping[Channel, Limits]] = dict.fromkeys(Channel, Limits(text=1_600))
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self._secret = account.credentials["secret"].encode()
        self._base_url = account.base_url or self.default_base_url

    def build_request(self, outbound: Outbound) -> Request:
        return Request("POST", f"{self._base_url}/messages", {}, outbound.reference.encode())

    def read_response(self, response: Response) -> Outcome:
        return Accepted(response.body.decode())

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        if "x-signature" not in request.headers:
            raise BadSignature("nothing signed it", status=503)
        if not hmac.compare_digest(sign(request.body, self._secret).encode(), request.headers["x-signature"].encode()):
            raise BadSignature("another secret")
        if request.headers.get("x-age") == "old":
            raise BadSignature("too old", cause="stale")
        said: dict[str, Any] = json.loads(request.body)
        call = said.get("call")
        return WebhookReading(
            receipts=tuple(_receipt(one) for one in said.get("receipts", ())),
            inbound=tuple(_inbound(one) for one in said.get("inbound", ())),
            call=None if call is None else _step(call),
            unread=said.get("unread", 0),
            nonce=said.get("nonce", ""),
            answer_body=b"thank you",
        )

    def answer_call(self, step: CallStep, script: Script) -> CallAnswer:
        words = script.goodbye if script.opted_out else script.person
        if step.answered_by is AnsweredBy.MACHINE:
            words = script.machine
        if self._base_url != self.default_base_url:
            return CallAnswer(commands=(Request("POST", f"{self._base_url}/say", {}, words.encode()),))
        return CallAnswer(body=f"{script.outbound.to}|{script.outbound.reference}|{words}".encode())


def sign(body: bytes, secret: bytes = SECRET.encode()) -> str:
    """The signature of a body."""
    return hmac.digest(secret, body, "sha256").hex()


def _step(said: Mapping[str, Any]) -> CallStep:
    answered_by = AnsweredBy(said["answered_by"]) if "answered_by" in said else None
    return CallStep(**{**said, "moment": CallMoment(said["moment"]), "answered_by": answered_by})


def _receipt(said: Mapping[str, Any]) -> Receipt:
    fields = dict(said)
    for name, read in (("state", State), ("error", ErrorClass), ("answered_by", AnsweredBy), ("price", Decimal)):
        if fields.get(name) is not None:
            fields[name] = read(fields[name])
    return Receipt(**{"raw_status": "word", "state": None, **fields})


def _inbound(said: Mapping[str, Any]) -> Inbound:
    fields = {**said, "channel": Channel(said["channel"]), "kind": InboundKind(said.get("kind", "text"))}
    fields["media"] = tuple(Media(**medium) for medium in said.get("media", ()))
    return Inbound(**fields)
