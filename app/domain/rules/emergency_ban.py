"""Is all marketing there stopped for an emergency? Switched on for a region by hand, and no consent lifts it."""

from collections.abc import Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Ban, Facts
from app.domain.message import Purpose
from app.domain.own_rows import BAN_CODE, ban_code
from app.domain.pairs import regions_of
from app.domain.regions import covers

_SOURCE = "an emergency declared there: La. R.S. 45:844.31, N.Y. GBL 399-z and their like"


def _judge(facts: Facts) -> Sequence[Objection]:
    bans = facts.market.bans
    if not bans or facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    regions = regions_of(facts.number, facts.places)
    found: dict[str, Objection] = {}
    for ban in bans:
        if _holds(ban, facts) and any(covers(ban.region, region) for region in regions):
            objection = Objection(
                ban_code(ban.region), ban.source or _SOURCE, f"stopped since {ban.since.isoformat()}", ban.until
            )
            found[objection.rule] = max(found.get(objection.rule, objection), objection, key=_lasts)
    return tuple(found.values())


def _holds(ban: Ban, facts: Facts) -> bool:
    return ban.since <= facts.now and (ban.until is None or facts.now < ban.until)


def _lasts(objection: Objection) -> tuple[bool, float]:
    """Of two bans of one region the one that holds longer is told; one without an end holds for good, until it is taken away."""
    return objection.until is None, objection.until.timestamp() if objection.until else 0.0


RULES = (Rule(BAN_CODE, _SOURCE, _judge, (f"{BAN_CODE}.*",)),)
