"""Will the carriers take it from this sender? Its registration, and a daily cap that is used up."""

from collections.abc import Mapping, Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts
from app.domain.message import Channel
from app.domain.networks import is_tmobile_us

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
_TMOBILE = ("sender.tmobile_daily_cap", "T-Mobile: segments a day and brand, by its score")
_DAILY = ("sender.daily_cap", "the carrier's cap a day")


def _judge_registration(facts: Facts) -> Sequence[Objection]:
    found = _PROBLEMS.get(facts.sender.problem) if facts.sender else None
    if found is None or facts.number.region not in _US or facts.channel is Channel.VOICE or facts.reply_to is not None:
        return ()
    return (Objection(*found),)


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
    Rule("sender.cap", "the carriers' caps", _judge_cap, (_TMOBILE[0], _DAILY[0])),
)
