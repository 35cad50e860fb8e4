"""Have they had enough for now? At most so many marketing messages in any window of time, over everything or one campaign."""

from collections.abc import Sequence

from app.domain.caps import is_full, release
from app.domain.decision import Objection, Rule
from app.domain.facts import Cap, Facts
from app.domain.message import Purpose

_WORKSPACE = ("cap.workspace", "the workspace's frequency cap")
_DAILY = ("cap.tenant_daily", "the workspace's cap of calendar days")
_CAMPAIGN = ("cap.campaign", "the campaign's frequency cap")


def _source(cap: Cap) -> tuple[str, str]:
    if cap.scope == "campaign":
        return _CAMPAIGN
    return _WORKSPACE if cap.zone is None else _DAILY


def _judge(facts: Facts) -> Sequence[Objection]:
    if not facts.caps or facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    found: dict[str, Objection] = {}
    for cap in facts.caps:
        sends = facts.campaign_sends if cap.scope == "campaign" else tuple(send.at for send in facts.sends)
        if is_full(cap, sends, now=facts.now):
            code, source = _source(cap)
            span = f"{cap.window}" if cap.zone is None else f"{max(1, cap.window.days)} days of {cap.zone}"
            objection = Objection(code, source, f"{cap.limit} in {span} are used up", release(cap, sends))
            found[code] = max(found.get(code, objection), objection, key=_lasts)
    return tuple(found.values())


def _lasts(objection: Objection) -> tuple[bool, float]:
    """Of two caps of one kind the one that holds longer is reported."""
    return objection.until is None, objection.until.timestamp() if objection.until else 0.0


RULES = (Rule("cap.any", "frequency caps", _judge, tuple(code for code, _ in (_WORKSPACE, _DAILY, _CAMPAIGN))),)
