"""What is a call to the simulated carrier, and what becomes of it? Who takes it is scripted, or drawn from the seed."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from app.simulator.config import SimulatorConfig

ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFate:
    """Whether a call is taken ("completed") or how else it ends, who takes it, and which keys a person presses."""

    end: str = "completed"
    error: str | None = None
    is_machine: bool = False
    keys: str = ""


def draw_call(config: SimulatorConfig, *, to: str, nth: int) -> CallFate:
    """What becomes of the `nth` call to a number: scripted, or drawn from the seed."""
    steps = config.scripted.get(to, ())
    script = {word: rest for word, _, rest in (each.partition(":") for each in ((steps,) if isinstance(steps, str) else steps))}
    digest = hashlib.blake2b(f"{config.seed}/{to}/{nth}/call".encode(), digest_size=8).digest()
    unanswered, machine = (int.from_bytes(digest[at : at + 4]) / 2**32 for at in (0, 4))
    if "failed" in script:
        return CallFate(end="failed", error=script["failed"])
    if "busy" in script:
        return CallFate(end="busy")
    if "no_answer" in script or (not script and unanswered < config.calls_unanswered):
        return CallFate(end="no-answer")
    by_machine = "machine" in script or (not script and machine < config.calls_to_machines)
    return CallFate(is_machine=by_machine, keys="" if by_machine else script.get("press", ""))


@dataclass(slots=True, kw_only=True)
class PhoneCall:
    """One call. `heard` is what whoever took it was told; `detection` is Enable, DetectMessageEnd or ""."""

    sid: str
    account: str
    to: str
    sender: str
    fate: CallFate
    taken: datetime
    document: bytes
    url: str
    callback: str
    events: frozenset[str]
    detection: str = ""
    detects_beside: bool = False
    machine_callback: str = ""
    status: str = "queued"
    answered_by: str | None = None
    seconds: int = 0
    heard: list[str] = field(default_factory=list)
    told: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the call was changed from outside: it is to go on with `document`, or to end."""

    def view(self) -> dict[str, Any]:
        """The call as the admin view shows it."""
        names = ("sid", "to", "status", "answered_by", "heard")
        return {**{name: getattr(self, name) for name in names}, "from": self.sender, "taken_at": self.taken.isoformat()}

    def resource(self) -> dict[str, Any]:
        """The call as the real API shows it."""
        created = format_datetime(self.taken)
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "to": self.to,
            "from": self.sender,
            "status": self.status,
            "direction": "outbound-api",
            "answered_by": self.answered_by,
            "duration": str(self.seconds) if self.status in ENDED else None,
            "date_created": created,
            "date_updated": created,
            "start_time": created if self.status not in {"queued", "ringing"} else None,
            "price": None,
            "price_unit": "USD",
            "uri": f"/2010-04-01/Accounts/{self.account}/Calls/{self.sid}.json",
        }
