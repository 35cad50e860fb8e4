"""How does the simulated carrier behave? Accounts, senders, limits, and the share of everything that can go wrong."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

DEFAULT_ACCOUNT, DEFAULT_TOKEN = "AC" + "0" * 30 + "01", "simulated-auth-token"
INFOBIP_ACCOUNT, INFOBIP_KEY = "infobip", "simulated-infobip-key"
TELNYX_ACCOUNT, TELNYX_KEY, TELNYX_SEED = "telnyx", "simulated-telnyx-key", "simulated-telnyx-seed"
LOST_BY = ("close", "stall", "half")


class BadConfig(ValueError):
    """A setting that does not exist or cannot have this value; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """All shares are between 0 and 1; all times are seconds, multiplied by `time_scale` (0.1 is ten times as fast).

    `scripted` names what happens to one number, in place of the shares: one step, or a list of them. Steps: refuse:CODE,
    refuse_once:CODE, throttle_once, error:STATUS, error_after:STATUS, lose_answer, lose_answer:stall, lose_answer:half, stall,
    slow:SECONDS, undelivered:CODE, failed:CODE, never_receipt, early_receipt, double_receipt, late_receipt, out_of_order,
    reply:TEXT.

    Three wires are spoken. Twilio's Messages under /2010-04-01, by `accounts` and `api_keys`; codes are Twilio's. Infobip's SMS
    v3 under /sms/3, by `infobip_accounts`; there `refuse:CODE` is a status id (REJECTED inside the 200) and `undelivered:CODE`
    an error id, and what befalls a whole request is what is drawn, or scripted, for the messages in it. Telnyx's Messages under
    /v2/messages, by `telnyx_accounts`; codes are Telnyx's, and GET /admin/config shows `telnyx_public_key`.
    """

    seed: int = 1
    time_scale: float = 1.0
    accounts: Mapping[str, str] = field(default_factory=lambda: {DEFAULT_ACCOUNT: DEFAULT_TOKEN})
    """Account SID to auth token."""
    api_keys: Mapping[str, str] = field(default_factory=dict)
    """API key SID to secret; each is good for every account."""
    infobip_accounts: Mapping[str, str] = field(default_factory=lambda: {INFOBIP_ACCOUNT: INFOBIP_KEY})
    """Name of an Infobip account (a name of ours, for the admin view) to its API key."""
    infobip_inbound_url: str = ""
    """Where an Infobip account hears texts from people; a name and password before the host are shown as Basic."""
    telnyx_accounts: Mapping[str, str] = field(default_factory=lambda: {TELNYX_ACCOUNT: TELNYX_KEY})
    """Name of a Telnyx account (a name of ours, for the admin view) to its API key."""
    telnyx_inbound_url: str = ""
    """Where a Telnyx account hears texts from people."""
    telnyx_signing_seed: str = TELNYX_SEED
    """Any text: the private key that signs Telnyx's webhooks is made of it."""
    senders: tuple[str, ...] = ()
    """What may be sent from: numbers, words, Messaging Service SIDs. None named: anything."""
    inbound_url: str = ""
    """Where texts from people are posted; empty: nowhere."""
    managed_opt_out: bool = True
    """Handle STOP, START and HELP as Twilio does: block the pair, answer the person, say so in the webhook."""

    parts_per_second: float = 0.0
    """What one sender may take, in parts and real seconds, before it is answered 429; 0: no limit."""
    sender_rates: Mapping[str, float] = field(default_factory=dict)
    """The same of single senders."""
    closed_regions: tuple[str, ...] = ()
    """Number prefixes the account has no permission for, such as "+44"."""
    landlines: tuple[str, ...] = ()

    latency_min: float = 0.0
    latency_mean: float = 0.0
    latency_p99: float = 0.0
    """Of answers: a shifted log-normal. 0: twice and a half the mean."""
    latency_max: float = 5.0

    lose_answer: float = 0.0
    """Take the message and give no answer."""
    lose_answer_by: str = "close"
    """close the connection, stall, or close it after half the answer."""
    stall_seconds: float = 60.0
    server_error: float = 0.0
    """Answer 500 without having taken the message."""
    server_error_after: float = 0.0
    """Take the message, then answer 500."""
    async_failure: float = 0.0
    failures: tuple[str, ...] = ("undelivered:30003", "undelivered:30005", "undelivered:30008", "failed:30008")
    """What an asynchronous failure may be, each as likely as the next."""

    receipts: bool = True
    lose_receipt: float = 0.0
    double_receipt: float = 0.0
    late_receipt: float = 0.0
    out_of_order: float = 0.0
    early_receipt: float = 0.0
    """Post before the send itself is answered."""
    sent_seconds: float = 0.1
    """How long the first status takes, and the last: half to one and a half times as long."""
    final_seconds: float = 0.3
    late_seconds: float = 2.0
    posts_in_flight: int = 64
    """Webhooks posted at once; read at the start."""

    reply_stop: float = 0.0
    """Share of people who answer their first message so, once it is delivered."""
    reply_start: float = 0.0
    reply_help: float = 0.0
    reply_text: float = 0.0
    reply_seconds: float = 0.1

    scripted: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def changed(self, values: Mapping[str, Any]) -> "SimulatorConfig":
        """The same with some settings, as JSON has them, replaced. Raises BadConfig."""
        if not isinstance(values, Mapping):
            raise BadConfig("settings are an object")
        ready = {name: _read(name, value) for name, value in values.items()}
        result = replace(self, **ready)
        if result.reply_stop + result.reply_start + result.reply_help + result.reply_text > 1:
            raise BadConfig("reply_stop, reply_start, reply_help and reply_text are more than 1 together")
        return result

    def shown(self) -> dict[str, Any]:
        """All settings as JSON, secrets left out."""
        names = {name: sorted(getattr(self, name)) for name in ("accounts", "api_keys", "infobip_accounts", "telnyx_accounts")}
        parts = urlsplit(self.infobip_inbound_url)
        shown = {**asdict(self), **names, "infobip_inbound_url": parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()}
        del shown["telnyx_signing_seed"]
        return shown

    def wire_of(self, account: str) -> str:
        """Which wire an account speaks."""
        if account in self.infobip_accounts:
            return "infobip"
        return "telnyx" if account in self.telnyx_accounts else "twilio"

    def knows(self, account: str) -> bool:
        """Whether there is such an account on any wire."""
        return any(account in accounts for accounts in (self.accounts, self.infobip_accounts, self.telnyx_accounts))


def read_config(text: str) -> SimulatorConfig:
    """A configuration from JSON. Raises BadConfig."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise BadConfig(f"not JSON: {error}") from error
    return SimulatorConfig().changed(values)


def flags() -> dict[str, type]:
    """Settings that are one number, text or switch, each worth a flag of its own, with its type."""
    present = SimulatorConfig()
    kinds = {each.name: type(getattr(present, each.name)) for each in fields(SimulatorConfig)}
    return {name: kind for name, kind in kinds.items() if kind in {int, float, str, bool}}


def _read(name: str, value: Any) -> Any:
    present = next((getattr(_DEFAULTS, each.name) for each in fields(SimulatorConfig) if each.name == name), None)
    if present is None:
        raise BadConfig(f"no such setting: {name}; there are {', '.join(each.name for each in fields(SimulatorConfig))}")
    reader = _READERS.get(name) or _OF_TYPE[type(present)]
    try:
        return reader(value)
    except BadConfig as error:
        raise BadConfig(f"{name} {error}") from error


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadConfig("must be a whole number")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise BadConfig("must be a number, and not below 0")
    return float(value)


def _share(value: Any) -> float:
    if _number(value) > 1:
        raise BadConfig("must be between 0 and 1")
    return float(value)


def _places(value: Any) -> int:
    if not 1 <= _whole(value) <= 4096:
        raise BadConfig("must be between 1 and 4096")
    return int(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadConfig("must be true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadConfig("must be a text")
    return value


def _url(value: Any) -> str:
    url = _text(value or "")
    try:
        usable = urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    except ValueError:
        usable = False
    if url and not usable:
        raise BadConfig("must be an http or https URL")
    return url


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise BadConfig("must be a list of texts")
    return tuple(_text(item) for item in value)


def _table(value: Any, read: Callable[[Any], Any]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadConfig("must be an object")
    return {_text(key): read(item) for key, item in value.items()}


def _one_of(value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise BadConfig(f"must be one of {', '.join(words)}")
    return str(value)


def _failures(value: Any) -> tuple[str, ...]:
    found = _texts(value)
    if not found or not all(each.startswith(("undelivered:", "failed:")) and each.partition(":")[2].isdigit() for each in found):
        raise BadConfig("must be a list of at least one undelivered:CODE or failed:CODE")
    return found


def _seconds_text(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


def _anything(value: str) -> bool:
    return bool(value)


def _nothing(value: str) -> bool:
    return not value


# What may follow a step's colon.
_STEPS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("refuse", "refuse_once", "error", "error_after", "undelivered", "failed"), str.isdigit),
    **dict.fromkeys(("throttle_once", "stall", "never_receipt", "early_receipt", "double_receipt", "late_receipt"), _nothing),
    "out_of_order": _nothing,
    "lose_answer": ("", *LOST_BY).__contains__,
    "slow": _seconds_text,
    "reply": _anything,
}


def _script(value: Any) -> tuple[str, ...]:
    steps = (value,) if isinstance(value, str) else _texts(value)
    for step in steps:
        word, _, argument = step.partition(":")
        if word not in _STEPS or not _STEPS[word](argument):
            raise BadConfig(f"has a step nobody knows, {step!r}; there are {', '.join(_STEPS)}")
    return steps


_OF_TYPE: Mapping[type, Callable[[Any], Any]] = {int: _whole, float: _share, bool: _switch, str: _text, tuple: _texts}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("time_scale", "parts_per_second", "latency_min", "latency_mean", "latency_p99", "latency_max"), _number),
    **dict.fromkeys(("stall_seconds", "sent_seconds", "final_seconds", "late_seconds", "reply_seconds"), _number),
    "accounts": lambda value: _table(value, _text),
    "api_keys": lambda value: _table(value, _text),
    "infobip_accounts": lambda value: _table(value, _text),
    "telnyx_accounts": lambda value: _table(value, _text),
    "sender_rates": lambda value: _table(value, _number),
    "scripted": lambda value: _table(value, _script),
    "inbound_url": _url,
    "infobip_inbound_url": _url,
    "telnyx_inbound_url": _url,
    "lose_answer_by": lambda value: _one_of(value, LOST_BY),
    "failures": _failures,
    "posts_in_flight": _places,
}
_DEFAULTS = SimulatorConfig()
