"""How is a worked case written down? Its name, what is given and the answer, as a question to /v1/decisions.

Instants are UTC. `rules` of a wait are all that moved its instant; of a never the first that stands for good; of an allow those
that lifted something. What is not given is the default: complete written consent, a marketing text, nothing else known.
"""

from dataclasses import dataclass, field
from typing import Any

WRITTEN = {"kind": "express_written", "since": "2026-01-05T12:00:00Z"}
NIGHT_TOO = {"kind": "express", "since": "2026-10-01T12:00:00Z", "flags": ["night"]}
STOP = {"reason": "opt_out", "method": "keyword", "via": "text", "answered": "marketing"}
NOON = "2026-11-23T17:00Z"


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case: `ask` are fields of the question, `assume` of its assumed facts."""

    name: str
    to: str
    at: str
    verdict: str
    until: str | None = None
    rules: tuple[str, ...] = ()
    ask: dict[str, Any] = field(default_factory=dict)
    assume: dict[str, Any] = field(default_factory=dict)

    def question(self) -> dict[str, Any]:
        """The body of the request."""
        return {
            "to": self.to,
            "at": self.at.replace("Z", ":00Z"),
            "channel": "sms",
            "purpose": "marketing",
            **self.ask,
            "assume": {"consents": [WRITTEN], **self.assume},
        }


def voice(**ask: Any) -> dict[str, Any]:
    """A recorded call."""
    return {"channel": "voice", "technology": "recorded", **ask}


LIVE = voice(technology="live")
EXPRESS = {"consents": [{"kind": "express", "since": "2026-10-01T12:00:00Z"}]}
SEVERAL = "time.multi_tz_intersection"
FEDERAL = "time.quiet.us.federal"


def sends(*instants: str) -> list[dict[str, str]]:
    """Assumed sends at these instants."""
    return [{"at": instant.replace("Z", ":00Z")} for instant in instants]


def wait(name: str, to: str, at: str, until: str | None, *rules: str, **more: Any) -> Case:
    """A case that waits until an instant (None: nobody knows), for these rules."""
    return Case(name, to, at, "wait", until, rules, more.pop("ask", {}), more)


def never(name: str, to: str, at: str, rule: str, **more: Any) -> Case:
    """A case that never goes, first of all for this rule."""
    return Case(name, to, at, "never", None, (rule,), more.pop("ask", {}), more)


def allow(name: str, to: str, at: str, *rules: str, **more: Any) -> Case:
    """A case that goes, lifted by these rules."""
    return Case(name, to, at, "allow", None, rules, more.pop("ask", {}), more)
