"""What does the simulated carrier remember? Messages it took, who said stop, what each sender has used up, and counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from app.simulator.fate import Said
from app.simulator.phone_call import PhoneCall
from app.simulator.wire import Answer


@dataclass(slots=True, kw_only=True)
class Message:
    """One message the carrier took. `at` is loop time; `course` counts from it."""

    sid: str
    account: str
    to: str
    sender: str
    service: str
    body: str
    media: tuple[str, ...]
    callback: str
    validity_period: int
    parts: int
    nth: int
    taken: datetime
    at: float
    course: tuple[Said, ...]
    is_canceled: bool = False
    wire: str = "twilio"
    echo: str = ""
    """What the sender wants to hear back in every receipt, on wires that have that."""
    group: str = ""
    """The id of the request it came in, on wires where many have one."""
    taps: Mapping[str, str] = field(default_factory=dict)
    """What can be tapped: postback to words."""

    @property
    def first_status(self) -> str:
        """The status in the answer to the send."""
        return "accepted" if self.service else "queued"

    def status_at(self, now: float) -> tuple[str, str | None]:
        """The latest status reached at a loop time, and its error code."""
        if self.is_canceled:
            return "canceled", None
        reached = [said for said in self.course if self.at + said.after <= now]
        return (reached[-1].status, reached[-1].error) if reached else (self.first_status, None)

    def view(self, now: float) -> dict[str, Any]:
        """The message as the admin view shows it."""
        status, error = self.status_at(now)
        return {
            "sid": self.sid,
            "to": self.to,
            "from": self.sender,
            "messaging_service_sid": self.service or None,
            "body": self.body,
            "validity_period": self.validity_period,
            "parts": self.parts,
            "nth": self.nth,
            "status": status,
            "error_code": error,
            "status_callback": self.callback or None,
            "taken_at": self.taken.isoformat(),
        }

    def resource(self, now: float) -> dict[str, Any]:
        """The message as the real API shows it."""
        status, error = self.status_at(now)
        fresh = status == self.first_status
        created = format_datetime(self.taken)
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": created,
            "date_sent": None if fresh else created,
            "date_updated": created,
            "direction": "outbound-api",
            "error_code": int(error) if error else None,
            "error_message": None,
            "from": None if self.service and fresh else self.sender,
            "messaging_service_sid": self.service or None,
            "num_media": str(len(self.media)),
            # A service has not chosen its sender yet, so it cannot say.
            "num_segments": "0" if self.service and fresh else str(self.parts),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": status,
            "subresource_uris": {"media": f"/2010-04-01/Accounts/{self.account}/Messages/{self.sid}/Media.json"},
            "to": self.to,
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{self.sid}.json",
        }


class Ledger:
    """Everything in memory, looked up by sid and by number."""

    def __init__(self) -> None:
        self.posts = 0
        self.messages: list[Message] = []
        self.by_sid: dict[str, Message] = {}
        self.by_number: dict[str, list[Message]] = {}
        self.by_group: dict[str, list[Message]] = {}
        self.attempts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.replies: Counter[str] = Counter()
        self.auto_replies: list[dict[str, str]] = []
        self.opted_out: set[tuple[str, str]] = set()
        self.replays: dict[tuple[str, str], tuple[bytes, Answer]] = {}
        """By account and idempotency key: the digest of the body, and the answer that a repeat is given."""
        self.calls: dict[str, PhoneCall] = {}
        self.tokens: dict[str, float] = {}
        """Access tokens given out, and when they end (loop time)."""
        self._services: dict[tuple[str, str], str] = {}
        self._buckets: dict[str, tuple[float, float]] = {}

    def keep(self, message: Message) -> None:
        """Take a message into the books."""
        self.messages.append(message)
        self.by_sid[message.sid] = message
        self.by_number.setdefault(message.to, []).append(message)
        if message.group:
            self.by_group.setdefault(message.group, []).append(message)
        self._services[message.sender, message.to] = message.service or message.sender

    def pair(self, sender: str, person: str) -> tuple[str, str]:
        """What STOP blocks: the service a number wrote for, else the number itself; and the person."""
        return self._services.get((sender, person), sender), person

    def within_rate(self, sender: str, parts: int, *, rate: float, now: float) -> bool:
        """Take from a sender's allowance of parts a second (one second's worth may be saved up). 0 is no limit."""
        if rate <= 0:
            return True
        left, at = self._buckets.get(sender, (rate, now))
        left = min(rate, left + (now - at) * rate)
        fits = left >= min(parts, rate)
        self._buckets[sender] = (left - parts if fits else left, now)
        return fits

    def summary(self, now: float) -> Mapping[str, Any]:
        """Counts of everything."""
        return {
            "posts": self.posts,
            "accepted": len(self.messages),
            "refused": dict(self.refused),
            "answers": dict(self.answers),
            "distinct_numbers": len(self.by_number),
            "statuses": dict(Counter(message.status_at(now)[0] for message in self.messages)),
            "calls": dict(Counter(call.status for call in self.calls.values())),
            "replies": dict(self.replies),
            "auto_replies": len(self.auto_replies),
            "opted_out": len(self.opted_out),
        }
