"""How does the simulated carrier behave? Accounts, senders, limits, and the share of everything that can go wrong."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

from app.simulator import config_values as reading
from app.simulator.config_values import BadConfig

DEFAULT_ACCOUNT, DEFAULT_TOKEN = "AC" + "0" * 30 + "01", "simulated-auth-token"
INFOBIP_ACCOUNT, INFOBIP_KEY = "infobip", "simulated-infobip-key"
TELNYX_ACCOUNT, TELNYX_KEY, TELNYX_SEED = "telnyx", "simulated-telnyx-key", "simulated-telnyx-seed"
SINCH_PLAN, SINCH_TOKEN = "sinch-service-plan", "simulated-sinch-token"
MESSAGEBIRD_ACCOUNT, MESSAGEBIRD_KEY = "messagebird", "simulated-messagebird-key"
MESSAGEBIRD_SIGNING_KEY = "simulated-messagebird-signing-key"
VONAGE_KEY, VONAGE_SECRET, VONAGE_SIGNATURE_SECRET = "51mulated", "simulated-vonage-secret", "simulated-vonage-signature-secret"
# Which setting lists a wire's accounts, each with its secret; their names are shown, the secrets are not.
_ACCOUNTS = {
    "twilio": "accounts",
    "infobip": "infobip_accounts",
    "telnyx": "telnyx_accounts",
    "sinch": "sinch_plans",
    "rbm": "rbm_agents",
    "messagebird": "messagebird_accounts",
    "vonage": "vonage_accounts",
}
_URLS = (
    *("inbound_url", "infobip_inbound_url", "telnyx_inbound_url", "sinch_inbound_url", "rbm_webhook_url"),
    *("messagebird_inbound_url", "vonage_inbound_url"),
)
_SECRETS = ("telnyx_signing_seed", "sinch_signing_secret", "messagebird_signing_key", "vonage_signature_secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """All shares are between 0 and 1; all times are seconds, multiplied by `time_scale` (0.1 is ten times as fast).

    `scripted` names what happens to one number, in place of the shares: one step, or a list of them. Steps: refuse:CODE,
    refuse_once:CODE, throttle_once, error:STATUS, error_after:STATUS, lose_answer, lose_answer:stall, lose_answer:half, stall,
    slow:SECONDS, undelivered:CODE, failed:CODE, never_receipt, early_receipt, double_receipt, late_receipt, out_of_order,
    unsigned_receipt, reply:TEXT, read, tap:POSTBACK; of calls busy, no_answer, failed:CODE, machine, press:KEYS.

    The wires. Twilio's Messages and Calls under /2010-04-01, by `accounts` and `api_keys`; codes are Twilio's. Infobip's SMS v3
    under /sms/3, by `infobip_accounts`; there `refuse:CODE` is a status id (REJECTED inside the 200) and `undelivered:CODE` an
    error id. Telnyx's Messages under /v2/messages, by `telnyx_accounts`; codes are Telnyx's, and GET /admin/config shows
    `telnyx_public_key`. Sinch's batches under /xms/v1, by `sinch_plans`; codes are those of its delivery reports, and
    `refuse:CODE` is a recipient that is rejected in its report. MessageBird's REST API under /messages, by
    `messagebird_accounts`; there `refuse:CODE` is a code of the API's, for the whole request, and `undelivered:CODE` a
    statusErrorCode. Vonage's Messages under /v1/messages, texts alone, by `vonage_accounts` and `vonage_applications`; codes are
    Vonage's. Google's RCS for Business under /v1/phones, by `rbm_accounts` and `rbm_agents`; there `refuse:CODE` is an
    HTTP status, and a message that fails is one to a phone that is away.

    What befalls a request with many messages is what is scripted for one of them, else what is drawn for the first.
    """

    seed: int = 1
    time_scale: float = 1.0
    clock_offset_seconds: float = 0.0
    """Shifts the carrier's clock as the service's is shifted: signed times must agree."""
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
    sinch_plans: Mapping[str, str] = field(default_factory=lambda: {SINCH_PLAN: SINCH_TOKEN})
    """Service plan id to API token."""
    sinch_inbound_url: str = ""
    """Where a Sinch service plan hears texts from people; a name and password before the host are shown as Basic."""
    sinch_signing_secret: str = ""
    """What Sinch's callbacks are signed with; empty: they are not, as with Sinch until it is asked to."""
    messagebird_accounts: Mapping[str, str] = field(default_factory=lambda: {MESSAGEBIRD_ACCOUNT: MESSAGEBIRD_KEY})
    """Name of a MessageBird account (a name of ours, for the admin view) to its access key."""
    messagebird_inbound_url: str = ""
    """Where a MessageBird account hears texts from people."""
    messagebird_signing_key: str = MESSAGEBIRD_SIGNING_KEY
    """What MessageBird's webhooks are signed with."""
    vonage_accounts: Mapping[str, str] = field(default_factory=lambda: {VONAGE_KEY: VONAGE_SECRET})
    """Vonage API key to API secret."""
    vonage_applications: Mapping[str, str] = field(default_factory=dict)
    """Application id to its public key (PEM); they belong to the first of the accounts."""
    vonage_inbound_url: str = ""
    """Where a Vonage account hears texts from people."""
    vonage_signature_secret: str = VONAGE_SIGNATURE_SECRET
    """What Vonage's webhooks are signed with."""
    rbm_agents: Mapping[str, str] = field(default_factory=dict)
    """Agent id to the client token that signs its events."""
    rbm_accounts: Mapping[str, str] = field(default_factory=dict)
    """A service account's client_email to its public key (PEM): who may have an access token."""
    rbm_webhook_url: str = ""
    """Where the agents' events go; POST /admin/rbm-handshake {agent, url} sets it once the URL has proved to be the agent's."""
    without_rcs: tuple[str, ...] = ()
    """Phones that have no RCS."""
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
    unsigned_receipt: float = 0.0
    """Forget the signature at first, on wires that may (Vonage)."""
    early_receipt: float = 0.0
    """Post before the send itself is answered."""
    sent_seconds: float = 0.1
    """How long the first status takes, and the last: half to one and a half times as long."""
    final_seconds: float = 0.3
    late_seconds: float = 2.0
    posts_in_flight: int = 64
    """Webhooks posted at once; read at the start."""

    calls_unanswered: float = 0.0
    """Of calls, those nobody takes, and of the rest those a machine takes."""
    calls_to_machines: float = 0.0
    read: float = 0.0
    """Share of what is delivered that is read, where the wire tells of that."""
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
        names = {name: sorted(getattr(self, name)) for name in ("api_keys", *_ACCOUNTS.values())}
        urls = {name: _without_login(getattr(self, name)) for name in _URLS}
        return {name: value for name, value in {**asdict(self), **names, **urls}.items() if name not in _SECRETS}

    def wire_of(self, account: str) -> str:
        """Which wire an account speaks; Twilio's for one that is not configured."""
        return next((wire for wire, name in _ACCOUNTS.items() if account in getattr(self, name)), "twilio")

    def knows(self, account: str) -> bool:
        """Whether there is such an account on any wire."""
        return any(account in getattr(self, name) for name in _ACCOUNTS.values())


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


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


_OF_TYPE: Mapping[type, Callable[[Any], Any]] = {
    int: reading.whole,
    float: reading.share,
    bool: reading.switch,
    str: reading.text,
    tuple: reading.texts,
    dict: reading.table(reading.text),
}
_READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        ("time_scale", "parts_per_second", "latency_min", "latency_mean", "latency_p99", "latency_max"), reading.number
    ),
    **dict.fromkeys(("stall_seconds", "sent_seconds", "final_seconds", "late_seconds", "reply_seconds"), reading.number),
    **dict.fromkeys(_URLS, reading.url),
    "sender_rates": reading.table(reading.number),
    "scripted": reading.table(reading.script),
    "clock_offset_seconds": reading.shift,
    "lose_answer_by": reading.lost_by,
    "failures": reading.failures,
    "posts_in_flight": reading.places,
}
_DEFAULTS = SimulatorConfig()
