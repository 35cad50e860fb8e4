"""What has been written down of each provider? Reads the example files: requests, answers and webhooks, with what they mean."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Inbound,
    Outbound,
    Outcome,
    Receipt,
    Refused,
    Request,
    Response,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.ports import Account, Provider
from app.providers.registry import installed

FOLDER = Path(__file__).resolve().parent / "examples"


def kinds() -> list[str]:
    """Every installed provider."""
    return sorted(installed())


def read(kind: str, name: str) -> Any:
    """One example file of a provider."""
    return json.loads((FOLDER / kind / f"{name}.json").read_text("utf-8"))


def open_provider(kind: str) -> Provider:
    """The provider, opened with the account its examples were made with."""
    account = read(kind, "account")
    return installed()[kind](Account(account["credentials"], account["base_url"]))


def cases(name: str) -> list[tuple[str, dict[str, Any]]]:
    """(kind, example) of every provider, from one of its files."""
    return [(kind, example) for kind in kinds() for example in read(kind, name)]


def ids(found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """What pytest shows of them."""
    return [f"{kind}: {example['given']}" for kind, example in found]


def outbound(example: dict[str, Any]) -> Outbound:
    """The message of a request example."""
    return Outbound(**{**example["outbound"], "channel": Channel(example["outbound"]["channel"])})


def request(example: dict[str, Any]) -> Request:
    """The request it must become."""
    written = example["request"]
    return Request(written["method"], written["url"], written["headers"], written["body"].encode())


def response(written: dict[str, Any]) -> Response:
    """An answer as it came."""
    return Response(written["status"], written["headers"], written["body"].encode())


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
    written = example["webhook"]
    return WebhookRequest(**{**written, "body": written["body"].encode()})


def reading(example: dict[str, Any]) -> WebhookReading:
    """What it must be read as."""
    written = example["reading"]
    return WebhookReading(
        receipts=tuple(_receipt(item) for item in written.get("receipts", ())),
        inbound=tuple(Inbound(**{**item, "channel": Channel(item["channel"])}) for item in written.get("inbound", ())),
        unread=written.get("unread", 0),
        answer_body=written.get("answer_body", "").encode(),
        answer_type=written.get("answer_type", "text/plain"),
    )


def _receipt(item: dict[str, Any]) -> Receipt:
    state, error, occurred_at = item["state"], item["error"], item["occurred_at"]
    return Receipt(
        **{
            **item,
            "state": State[state] if state else None,
            "error": ErrorClass(error) if error else None,
            "occurred_at": datetime.fromisoformat(occurred_at) if occurred_at else None,
        }
    )


def with_body(call: WebhookRequest, body: bytes) -> WebhookRequest:
    """The same call with another body."""
    return WebhookRequest(**{**asdict(call), "body": body})


def with_headers(call: WebhookRequest, headers: dict[str, str]) -> WebhookRequest:
    """The same call with other headers."""
    return WebhookRequest(**{**asdict(call), "headers": headers})


def with_url(call: WebhookRequest, url: str) -> WebhookRequest:
    """The same call on another URL."""
    return WebhookRequest(**{**asdict(call), "url": url, "query": url.partition("?")[2]})
