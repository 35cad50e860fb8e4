"""What does the simulated carrier know? Messages it accepted, numbers that said stop, and what it does next with each."""

import asyncio
import hashlib
import itertools
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.clock import Clock
from app.simulator.callbacks import Callbacks
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Fate, Said

_RFC_2822 = "%a, %d %b %Y %H:%M:%S +0000"
_STOP = frozenset("STOP STOPALL UNSUBSCRIBE END QUIT REVOKE OPTOUT CANCEL".split())
_START = frozenset("START YES UNSTOP".split())


@dataclass(slots=True)
class Accepted:
    """One message the carrier took."""

    sid: str
    account: str
    to: str
    sender: str
    body: str
    callback: str
    validity_period: int
    parts: int
    created: str = ""
    status: str = "queued"
    error: str | None = None
    statuses: list[str] = field(default_factory=list)

    def view(self) -> dict[str, Any]:
        """The message as the admin pages show it."""
        return {
            "sid": self.sid,
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "validity_period": self.validity_period,
            "parts": self.parts,
            "status": self.status,
            "error_code": self.error,
        }

    def resource(self) -> dict[str, Any]:
        """The message as the real API shows it."""
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "status": self.status,
            "num_segments": str(self.parts),
            "error_code": int(self.error) if self.error else None,
            "error_message": None,
            "date_created": self.created,
            "direction": "outbound-api",
        }


def count_parts(body: str) -> int:
    """Parts as the carrier bills them, near enough: 160/153 for plain ASCII, 70/67 otherwise."""
    single, chained = (160, 153) if body.isascii() else (70, 67)
    return 1 if len(body) <= single else math.ceil(len(body) / chained)


class Carrier:
    """The state of one run."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.callbacks = Callbacks()
        self._clock = Clock()
        self._clear()

    def _clear(self) -> None:
        self.messages: dict[str, Accepted] = {}
        self.refused: Counter[str] = Counter()
        self.posts = 0
        self.replies: Counter[str] = Counter()
        self.opted_out: set[tuple[str, str]] = set()
        self._seen: Counter[str] = Counter()
        self._buckets: dict[str, tuple[float, float]] = {}
        self._numbers = itertools.count(1)

    def reset(self) -> None:
        """Forget everything but the configuration."""
        self._clear()

    def nth(self, to: str) -> int:
        """How many posts to this number there were, this one included."""
        self._seen[to] += 1
        return self._seen[to]

    def within_rate(self, sender: str, parts: int) -> bool:
        """Take from the sender's allowance of parts a second, if it has one."""
        rate = self.config.parts_per_second
        if rate <= 0:
            return True
        now = asyncio.get_running_loop().time()
        tokens, at = self._buckets.get(sender, (rate, now))
        tokens = min(rate, tokens + (now - at) * rate)
        fits = tokens >= min(parts, rate)
        self._buckets[sender] = (tokens - parts if fits else tokens, now)
        return fits

    def accept(self, *, account: str, to: str, sender: str, body: str, callback: str, validity: int) -> Accepted:
        """Take a message and give it a sid."""
        digest = hashlib.sha256(f"{self.config.seed}/{next(self._numbers)}/{to}".encode()).hexdigest()[:32]
        now = self._clock.now().strftime(_RFC_2822)
        message = Accepted(f"SM{digest}", account, to, sender, body, callback, validity, count_parts(body), now)
        self.messages[message.sid] = message
        return message

    def _status_fields(self, message: Accepted, said: Said) -> dict[str, str]:
        fields = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": said.status,
            "SmsStatus": said.status,
            "To": message.to,
            "From": message.sender,
            "AccountSid": message.account,
            "ApiVersion": "2010-04-01",
        }
        if said.error:
            fields["ErrorCode"] = said.error
        if said.status in {"delivered", "undelivered"}:
            fields["RawDlrDoneDate"] = "2611241730"
        return fields

    def _reached(self, message: Accepted, said: Said) -> None:
        message.statuses.append(said.status)
        order = ("queued", "sent", "undelivered", "failed", "delivered")
        if order.index(said.status) >= order.index(message.status):
            message.status, message.error = said.status, said.error

    async def say_early(self, message: Accepted, fate: Fate) -> None:
        """Post the first receipt before the answer to the send is given."""
        if fate.receipts and message.callback:
            said = Said(after=0, status="sent")
            self._reached(message, said)
            token = self.config.accounts[message.account]
            await self.callbacks.post(message.callback, self._status_fields(message, said), token)

    def carry(self, message: Accepted, fate: Fate) -> None:
        """Set the message's course going: receipts, then perhaps a reply."""
        token = self.config.accounts[message.account]
        last = 0.0
        for said in fate.receipts:
            self._reached(message, said)
            last = max(last, said.after)
            if message.callback:
                self.callbacks.later(said.after, message.callback, self._status_fields(message, said), token)
        if fate.reply is not None and any(said.status == "delivered" for said in fate.receipts):
            self.receive(account=message.account, sender=message.sender, person=message.to, body=fate.reply, after=last + 0.1)

    def receive(self, *, account: str, sender: str, person: str, body: str, after: float = 0.0) -> None:
        """A person writes to one of the account's numbers."""
        word = body.strip().upper()
        self.replies[word if word in _STOP | _START | {"HELP", "INFO"} else "OTHER"] += 1
        if self.config.managed_opt_out and word in _STOP:
            self.opted_out.add((sender, person))
        elif word in _START:
            self.opted_out.discard((sender, person))
        if not self.config.inbound_url:
            return
        digest = hashlib.sha256(f"in/{self.config.seed}/{next(self._numbers)}/{person}".encode()).hexdigest()[:32]
        fields = {
            "MessageSid": f"SM{digest}",
            "SmsMessageSid": f"SM{digest}",
            "SmsSid": f"SM{digest}",
            "AccountSid": account,
            "From": person,
            "To": sender,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            "FromCountry": "US",
            "FromCity": "",
        }
        self.callbacks.later(after, self.config.inbound_url, fields, self.config.accounts[account])
