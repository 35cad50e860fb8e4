"""Will the carriers take it from this sender? Its registration, a name where none is taken, and a daily cap that is used up."""

from collections.abc import Mapping, Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts
from app.domain.message import Channel
from app.domain.networks import is_tmobile_us
from app.domain.sender import SenderKind
from app.domain.sender_reach import NO_NAMES

_US = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})
_PROBLEMS: Mapping[str, tuple[str, str, str]] = {
    "unregistered_10dlc": (
        "sender.unregistered_10dlc",
        "US carriers: long codes need a brand and a campaign at The Campaign Registry (Twilio 30034)",
        "the long code is not registered",
    ),
    "unverified_toll_free": (
        "sender.unverified_toll_free",
        "US and Canadian carriers: toll-free numbers need verification (Twilio 30032)",
        "the toll-free number is not verified",
    ),
}
_NAME = (
    "sender.name_not_taken",
    "the networks' rule: names as senders are refused or replaced there (AWS End User Messaging, Sender IDs)",
    "networks there take no name as a sender",
)
_TMOBILE = ("sender.tmobile_daily_cap", "T-Mobile: segments a day and brand, by its score")
_DAILY = ("sender.daily_cap", "the carrier's cap a day")


def _judge_registration(facts: Facts) -> Sequence[Objection]:
    found = _PROBLEMS.get(facts.sender.problem) if facts.sender else None
    if found is None or facts.number.region not in _US or facts.channel is Channel.VOICE or facts.reply_to is not None:
        return ()
    return (Objection(*found),)


def _judge_name(facts: Facts) -> Sequence[Objection]:
    named = facts.sender is not None and facts.sender.kind == SenderKind.ALPHANUMERIC
    return (Objection(*_NAME),) if named and facts.number.region in NO_NAMES else ()


def _judge_cap(facts: Facts) -> Sequence[Objection]:
    sender = facts.sender
    if sender is None or sender.capped_until is None or facts.now >= sender.capped_until or facts.reply_to is not None:
        return ()
    if sender.capped_by == "tmobile" and facts.number.network and not is_tmobile_us(facts.number.network):
        return ()  # another network's number; one whose network nobody told may be T-Mobile's
    code, source = _TMOBILE if sender.capped_by in {"tmobile", ""} else _DAILY
    return (Objection(code, source, f"used up until {sender.capped_until.isoformat()}", sender.capped_until),)


RULES = (
    Rule("sender.registration", "the carriers' registers", _judge_registration, tuple(code for code, *_ in _PROBLEMS.values())),
    Rule(_NAME[0], _NAME[1], _judge_name),
    Rule("sender.cap", "the carriers' caps", _judge_cap, (_TMOBILE[0], _DAILY[0])),
)
