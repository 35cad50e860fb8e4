"""What is a webhook to the simulated carrier? What every wire must write, and Twilio's signed forms with their retries."""

import base64
import hmac
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urldefrag, urlencode, urlsplit

from app.simulator.config import SimulatorConfig
from app.simulator.fate import Said
from app.simulator.ledger import Message

# Twilio's page "Webhook connection overrides": times in milliseconds.
_DEFAULTS = {"rc": 1, "ct": 5_000, "rt": 15_000, "tt": 15_000}
_LARGEST = {"rc": 5, "ct": 10_000, "rt": 15_000, "tt": 15_000}


def sign(url: str, fields: Mapping[str, str], token: str) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the URL (without its fragment) and the sorted fields."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One webhook, ready to go: `retries` more tries on the `causes`, `timeout` seconds for one try and `total` for all.

    `repeat_header` is a header that only repeats carry, with one value for all tries of one post; empty: none. `good` are the
    statuses that end it. `missing_at_first` is a header that only repeats have.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    retries: int
    causes: frozenset[str]
    timeout: float
    total: float
    repeat_header: str = ""
    good: Container[int] = range(200, 300)
    method: str = "POST"
    missing_at_first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A text a person wrote. `pair_sender` is whom a STOP in it blocks; `keyword` is STOP, START or HELP if it is one.

    `postback` is what lies behind a suggestion that was tapped; None for words of the person's own.
    """

    account: str
    sender: str
    person: str
    body: str
    pair_sender: str
    keyword: str | None
    at: datetime
    postback: str | None = None


class Webhooks(Protocol):
    """How one wire tells an account what happened."""

    def receipt(self, config: SimulatorConfig, message: Message, said: Said, at: datetime) -> Post:
        """One status of a message."""

    def inbound(self, config: SimulatorConfig, heard: Heard) -> Post | None:
        """A person's text; None when the account has no URL for it."""


def show_login(url: str) -> tuple[str, dict[str, str]]:
    """A URL without the name and password before its host, and the Basic header that shows them, if there are any."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    basic = "Basic " + base64.b64encode(login.encode()).decode("ascii")
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), {"authorization": basic}


def make_post(url: str, fields: Mapping[str, str], token: str) -> Post:
    """A signed form post to a URL that may carry connection overrides: `#rc=5&rp=5xx,ct,rt`."""
    target, fragment = urldefrag(url)
    wanted = dict(parse_qsl(fragment))
    numbers = {
        name: min(_LARGEST[name], int(wanted[name])) if wanted.get(name, "").isdigit() else default
        for name, default in _DEFAULTS.items()
    }
    return Post(
        url=target,
        headers={
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "x-twilio-signature": sign(target, fields, token),
            "user-agent": "TwilioProxy/1.1",
            "accept": "*/*",
        },
        body=urlencode(fields).encode("ascii"),
        retries=numbers["rc"],
        causes=frozenset(wanted.get("rp", "ct").split(",")),
        timeout=min(numbers["ct"] + numbers["rt"], numbers["tt"]) / 1000,
        total=numbers["tt"] / 1000,
        repeat_header="i-twilio-idempotency-token",
    )
