"""What does Sinch refuse at once? A batch it cannot read; what is wrong with one recipient is told in that one's report."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.simulator.config import SimulatorConfig
from app.simulator.numbers import plus
from app.simulator.refusals import is_url
from app.simulator.wire import Call

_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")
_MOST_RECIPIENTS, _LONGEST_BODY, _LONGEST_ECHO = 1_000, 2_000, 2_048
_KINDS = ("mt_text", "mt_media")
_REPORTS = ("none", "per_recipient", "per_recipient_final")


class Fault(Exception):
    """What a request is refused for: Sinch's code, and a sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def checked(config: SimulatorConfig, call: Call) -> Mapping[str, Any]:
    """The batch that was asked for, if it can be read. Raises Fault."""
    try:
        fields = call.json()
    except ValueError as error:
        raise Fault("syntax_invalid_json", "the body is no JSON") from error
    if not isinstance(fields, dict):
        raise Fault("syntax_invalid_json", "the body is no object")
    to, sender, kind = fields.get("to"), fields.get("from"), fields.get("type", "mt_text")
    checks = (
        ("to", isinstance(to, list) and 0 < len(to) <= _MOST_RECIPIENTS and all(map(_is_number, to))),
        ("from", isinstance(sender, str) and bool(sender)),
        ("type", kind in _KINDS),
        ("body", _is_body(fields.get("body"), kind)),
        ("parameters", _are_parameters(fields.get("parameters", {}))),
        ("delivery_report", fields.get("delivery_report", "none") in _REPORTS),
        ("client_reference", _is_short(fields.get("client_reference", ""))),
        ("callback_url", fields.get("callback_url") is None or is_url(str(fields["callback_url"]))),
        ("expire_at", _is_instant(fields.get("expire_at"))),
    )
    wrong = next((name for name, is_right in checks if not is_right), None)
    if wrong is not None:
        raise Fault("syntax_invalid_parameter_format", f"{wrong} cannot be used")
    if config.senders and plus(fields["from"]) not in config.senders:
        raise Fault("syntax_constraint_violation", "from is not a sender of this plan")
    return fields


def _is_number(given_to: Any) -> bool:
    return isinstance(given_to, str) and _NUMBER.fullmatch(given_to) is not None


def _is_body(body: Any, kind: Any) -> bool:
    if kind == "mt_text":
        return isinstance(body, str) and 0 < len(body) <= _LONGEST_BODY
    words = body.get("message", "") if isinstance(body, dict) else None
    return isinstance(body, dict) and is_url(str(body.get("url"))) and isinstance(words, str) and len(words) <= _LONGEST_BODY


def _are_parameters(given_values: Any) -> bool:
    return isinstance(given_values, dict) and all(
        isinstance(values, dict) and all(isinstance(value, str) for value in values.values()) for values in given_values.values()
    )


def _is_short(echo: Any) -> bool:
    return isinstance(echo, str) and len(echo) <= _LONGEST_ECHO


def _is_instant(text: Any) -> bool:
    if text is None:
        return True
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False
