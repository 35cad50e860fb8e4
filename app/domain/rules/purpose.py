"""Why may this go without consent and at any hour? It sells nothing, and the answer says on what ground."""

from collections.abc import Mapping, Sequence

from app.domain.decision import Objection, Permission, Rule
from app.domain.facts import Facts, Ground
from app.domain.message import Purpose

_EXEMPT = "purpose.transactional_exempt"
_SOURCE = (
    "47 CFR 64.1200(a)(1) and (c)(1); CASL s. 6(6): what sells nothing is no solicitation; giving the number in context is enough"
)
_GROUNDS: Mapping[Ground, Permission] = {
    Ground.NONE: Permission(_EXEMPT, _SOURCE, "transactional: consent, hours and caps are for marketing"),
    Ground.EMERGENCY: Permission(
        "purpose.emergency", "47 U.S.C. 227(b)(1)(A); 47 CFR 64.1200(a)(1)", "health or safety: no consent, any hour"
    ),
    Ground.USER_INITIATED: Permission(
        "purpose.user_initiated", "47 CFR 64.1200(a)(1); CASL s. 6(6)", "the person asked for it just now"
    ),
}


def _nothing(_: Facts) -> Sequence[Objection]:
    return ()


def _permit(facts: Facts) -> Sequence[Permission]:
    if facts.purpose is Purpose.MARKETING or facts.reply_to is not None:
        return ()
    permission = _GROUNDS.get(facts.ground)
    return () if permission is None else (permission,)


RULES = (Rule("purpose.exempt", _SOURCE, _nothing, tuple(permission.rule for permission in _GROUNDS.values()), _permit),)
