"""What has been written down of each provider? Reads the example files: requests, answers and webhooks, with what they mean."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.delivery import (
    Accepted,
    AnsweredBy,
    CallMoment,
    CallStep,
    ErrorClass,
    Inbound,
    InboundKind,
    Outbound,
    Outcome,
    Receipt,
    Refused,
    Request,
    Response,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, Purpose, State
from app.domain.rich import PLAIN, Content, Media, read_content
from app.ports import Account, Provider
from app.providers.registry import installed

FOLDER = Path(__file__).resolve().parent / "examples"


def kinds() -> list[str]:
    """Every installed provider."""
    return sorted(installed())


def read(kind: str, name: str) -> Any:
    """One example file of a provider."""
    return json.loads((FOLDER / kind / f"{name}.json").read_text("utf-8"))


@cache
def open_provider(kind: str) -> Provider:
    """The provider, opened with the account its examples were made with. Once: reading a private key takes long."""
    account = read(kind, "account")
    return installed()[kind](Account(account["credentials"], account["base_url"]))


def cases(name: str) -> list[tuple[str, dict[str, Any]]]:
    """(kind, example) of every provider, from one of its files."""
    return [(kind, example) for kind in kinds() for example in read(kind, name)]


def ids(found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """What pytest shows of them."""
    return [f"{kind}: {example['given']}" for kind, example in found]


NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
"""When examples are handed over and received, where they do not say."""
REFERENCE = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
OWN_ID = "00000000-0000-4000-8000-000000000001"


def message(channel: Channel, **fields: Any) -> Outbound:
    """A message to hand over on a channel, as ordinary as can be."""
    ordinary: dict[str, Any] = {
        "to": "+14155550123",
        "sender": "+15005550006",
        "body": "Hello",
        "callback_url": f"https://hooks.blue.example/webhooks/x/prv_1?r={REFERENCE}",
        "reference": REFERENCE,
        "own_id": OWN_ID,
        "at": NOW,
        "content": Content(media=(Media(url="https://media.blue.example/a.jpg", content_type="image/jpeg"),))
        if channel is Channel.MMS
        else PLAIN,
    }
    return Outbound(**{**ordinary, "channel": channel, **fields})


def outbound(example: dict[str, Any]) -> Outbound:
    """The message of a request example; what it leaves out is as in `message`."""
    written = dict(example["outbound"])
    channel = Channel(written.pop("channel"))
    if "content" in written:
        written["content"] = read_content(written["content"])
    if "purpose" in written:
        written["purpose"] = Purpose(written["purpose"])
    if "at" in written:
        written["at"] = datetime.fromisoformat(written["at"])
    return message(channel, **written)


def request(example: dict[str, Any]) -> Request:
    """The request it must become."""
    written = example["request"]
    return Request(written["method"], written["url"], written["headers"], written["body"].encode())


def response(written: dict[str, Any]) -> Response:
    """An answer as it came."""
    return Response(written["status"], written["headers"], written["body"].encode())


def error_answer(kind: str, code: str) -> Response:
    """The answer by which a provider refuses with a code: the first of its account's `error_answers` whose `codes` fit it.

    CODE in the body stands for the code, or for what the pattern's first group holds of it.
    """
    for written in read(kind, "account")["error_answers"]:
        fits = re.fullmatch(written["codes"], code)
        if fits:
            return response({**written, "body": written["body"].replace("CODE", fits[1] if fits.groups() else code)})
    raise AssertionError(f"no answer of {kind} can carry {code}")


def meaning(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the examples write it; the wording of details is not held to."""
    match outcome:
        case Accepted(provider_message_id=provider_message_id, parts=parts):
            return {"is": "Accepted", "provider_message_id": provider_message_id, "parts": parts}
        case Refused(error=error, code=code, retry_after=retry_after):
            return {"is": "Refused", "error": error, "code": code, "retry_after": retry_after}
        case _:
            return {"is": type(outcome).__name__}


def webhook(example: dict[str, Any]) -> WebhookRequest:
    """A provider's call as it came."""
    written = dict(example["webhook"])
    received_at = datetime.fromisoformat(written.pop("received_at")) if "received_at" in written else NOW
    return WebhookRequest(**{**written, "body": written["body"].encode(), "received_at": received_at})


def reading(example: dict[str, Any]) -> WebhookReading:
    """What it must be read as."""
    written = example["reading"]
    return WebhookReading(
        receipts=tuple(_receipt(item) for item in written.get("receipts", ())),
        inbound=tuple(_inbound(item) for item in written.get("inbound", ())),
        call=_call(written["call"]) if "call" in written else None,
        unread=written.get("unread", 0),
        nonce=written.get("nonce", ""),
        answer_status=written.get("answer_status", 200),
        answer_body=written.get("answer_body", "").encode(),
        answer_type=written.get("answer_type", "text/plain"),
    )


def _inbound(item: dict[str, Any]) -> Inbound:
    fields = {**item, "channel": Channel(item["channel"]), "media": tuple(Media(**medium) for medium in item.get("media", ()))}
    if "kind" in item:
        fields["kind"] = InboundKind(item["kind"])
    return Inbound(**fields)


def _call(item: dict[str, Any]) -> CallStep:
    answered_by = AnsweredBy(item["answered_by"]) if item.get("answered_by") else None
    return CallStep(**{**item, "moment": CallMoment(item["moment"]), "answered_by": answered_by})


def _receipt(item: dict[str, Any]) -> Receipt:
    state, error, occurred_at = item["state"], item["error"], item["occurred_at"]
    return Receipt(
        **{
            **item,
            "answered_by": AnsweredBy(item["answered_by"]) if item.get("answered_by") else None,
            "price": Decimal(item["price"]) if item.get("price") else None,
            "state": State[state] if state else None,
            "error": ErrorClass(error) if error else None,
            "occurred_at": datetime.fromisoformat(occurred_at) if occurred_at else None,
        }
    )


def with_body(call: WebhookRequest, body: bytes) -> WebhookRequest:
    """The same call with another body."""
    return replace(call, body=body)


def with_headers(call: WebhookRequest, headers: dict[str, str]) -> WebhookRequest:
    """The same call with other headers."""
    return replace(call, headers=headers)


def with_url(call: WebhookRequest, url: str) -> WebhookRequest:
    """The same call on another URL."""
    return replace(call, url=url, query=url.partition("?")[2])
