"""How does the simulated carrier behave? Accounts, senders, limits, and the share of everything that can go wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any


class BadConfig(ValueError):
    """A setting that does not exist, or has the wrong type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """All shares are between 0 and 1; all times are seconds, multiplied by `time_scale`.

    `scripted` names what happens to one number whatever the shares say: refuse:CODE, refuse_once:CODE, throttle_once,
    error:STATUS, lose_answer, stall, slow:SECONDS, undelivered:CODE, failed:CODE, never_receipt, early_receipt, reply:TEXT.
    """

    seed: int = 1
    accounts: Mapping[str, str] = field(default_factory=dict)
    senders: tuple[str, ...] = ()
    inbound_url: str = ""
    latency_mean: float = 0.0
    latency_max: float = 5.0
    parts_per_second: float = 0.0
    lose_answer: float = 0.0
    server_error: float = 0.0
    async_failure: float = 0.0
    receipts: bool = True
    lose_receipt: float = 0.0
    double_receipt: float = 0.0
    late_receipt: float = 0.0
    out_of_order: float = 0.0
    early_receipt: float = 0.0
    reply_stop: float = 0.0
    reply_start: float = 0.0
    reply_help: float = 0.0
    reply_text: float = 0.0
    managed_opt_out: bool = True
    closed_regions: tuple[str, ...] = ()
    landlines: tuple[str, ...] = ()
    scripted: Mapping[str, str] = field(default_factory=dict)
    time_scale: float = 1.0

    def changed(self, values: Mapping[str, Any]) -> "SimulatorConfig":
        """The same with some settings replaced. Raises BadConfig."""
        known = {item.name: item for item in fields(self)}
        ready: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise BadConfig(f"no such setting: {name}; there are {', '.join(known)}")
            present = getattr(self, name)
            wanted: type | tuple[type, ...] = (
                (int, float) if isinstance(present, float) else (list, tuple) if isinstance(present, tuple) else type(present)
            )
            if isinstance(present, Mapping):
                wanted = dict
            if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(present, bool)):
                raise BadConfig(f"{name} has the wrong type")
            ready[name] = tuple(value) if isinstance(value, list) else value
        return replace(self, **ready)


def read_config(text: str) -> SimulatorConfig:
    """A configuration from JSON. Raises BadConfig."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise BadConfig(f"not JSON: {error}") from error
    if not isinstance(values, dict):
        raise BadConfig("the configuration is an object")
    return SimulatorConfig().changed(values)
