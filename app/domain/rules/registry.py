"""What do the registries say? Listed numbers rest unless the law exempts this consent; data too old has to be fetched anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.book import INSTALLED
from app.domain.decision import Objection, Rule
from app.domain.exemptions import exempts, newest_proof
from app.domain.facts import Facts, Ground, RegistryFact, Technology
from app.domain.message import Purpose
from app.domain.registries import REASSIGNED, Registry, RegistryKind

_LIFE_SOURCE = "47 CFR 64.1200(m) and carriers' deactivation files: consent is the person's, not the number's"
_UNKNOWN, _DEACTIVATED = "suppress.reassigned_unknown", "suppress.deactivated"
# 47 CFR 52.15(f)(1)(ii): a disconnected number rests 45 days before somebody else may have it.
_PROOF_LASTS = timedelta(days=45)

_TEXT = Technology.TEXT  # named once: looking a member up in its enum costs more than the rule


def _judge_lists(facts: Facts) -> Sequence[Objection]:
    number, pack = facts.number, facts.market.pack or INSTALLED
    known = facts.registries or facts.market.registries
    if not known and facts.technology is _TEXT and pack.text_lists is not None and number.region not in pack.text_lists:
        return ()  # nothing is loaded, and no list has to be: the way of nearly every message
    if facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    regions = tuple(place.region for place in facts.places)
    bound, demanded = pack.lists_of(number.region, number.subdivision, regions, facts.technology)
    if not bound or not (demanded or known):
        return ()
    entries = {entry.registry: entry for entry in facts.registries}
    files = dict(facts.market.registries)
    asked = (row for row in bound if row in demanded or row.name in entries or row.name in files)
    found = (_judge_list(row, entries.get(row.name), files.get(row.name), facts) for row in asked if row.holds(facts.now))
    return [objection for objection in found if objection is not None]


def _judge_list(row: Registry, entry: RegistryFact | None, file_of: datetime | None, facts: Facts) -> Objection | None:
    as_of, listed = (file_of if row.whole else None), False
    if entry is not None and entry.answer != "unknown" and (as_of is None or entry.as_of >= as_of):
        as_of, listed = entry.as_of, entry.answer == "listed"
    if not listed and as_of is not None and not row.is_stale(as_of, now=facts.now):
        return None
    if any(exempts(row, consent, facts) for consent in facts.consents):
        return None
    if listed and as_of is not None:
        return Objection(row.listed_code, row.source, f"on the {row.title} as of {as_of.date().isoformat()}: {row.meaning}")
    known = "nothing is known of this number" if as_of is None else f"what is known is of {as_of.date().isoformat()}"
    wanted = f"a file of {row.name}" if row.whole else f"an answer of {row.name} for this number"
    awaits = f"{wanted} at most {row.longest_age} days old"
    return Objection(row.stale_code, row.source, f"{known}; it may be {row.longest_age} days old", awaits=awaits)


def _judge_life(facts: Facts) -> Sequence[Objection]:
    """Whether the number is still theirs, whatever the message is for, unless the person has just asked for it."""
    if not facts.registries and facts.proved_at is None and facts.market.recheck_reassigned is None:
        return ()
    if facts.reply_to is not None or facts.ground is not Ground.NONE:
        return ()
    proof, pack = newest_proof(facts), facts.market.pack or INSTALLED
    found = []
    answer: RegistryFact | None = None
    for entry in facts.registries:
        row = pack.registry_by_name.get(entry.registry)
        if entry.registry == REASSIGNED:
            answer = entry
        elif row is not None and row.kind is RegistryKind.DEACTIVATED and _after(proof, entry) and entry.answer == "listed":
            detail = f"out of service as of {entry.as_of.date().isoformat()}, and nobody has proved to have it since"
            found.append(Objection(_DEACTIVATED, row.source, detail))
    rnd = pack.registry_by_name.get(REASSIGNED)
    if rnd is not None and facts.number.region in rnd.regions:
        found += _judge_reassigned(rnd, facts, answer, proof)
    return found


def _after(proof: datetime | None, entry: RegistryFact) -> bool:
    """Whether the registry spoke after the last sign that the number is the person's."""
    return proof is None or proof <= entry.as_of


def _judge_reassigned(rnd: Registry, facts: Facts, answer: RegistryFact | None, proof: datetime | None) -> Sequence[Objection]:
    if answer is not None and answer.answer == "listed" and _after(proof, answer):
        detail = f"a query of {answer.as_of.date().isoformat()} says that it has been disconnected{_asked(answer)}"
        return (Objection(rnd.listed_code, rnd.source, detail),)
    if facts.purpose is not Purpose.MARKETING or proof is None:
        return ()  # without a consent there is none that could have stayed behind
    if answer is not None and answer.answer == "unknown" and _after(proof, answer):
        if facts.market.profile == "statutory":
            return ()  # allowed, without the safe harbor of 64.1200(m)
        detail = f"a query of {answer.as_of.date().isoformat()} found no data: whose number it is cannot be told"
        return (Objection(_UNKNOWN, rnd.source, detail),)
    return _judge_recheck(rnd, facts, answer, proof)


def _judge_recheck(rnd: Registry, facts: Facts, answer: RegistryFact | None, proof: datetime) -> Sequence[Objection]:
    """Proof of ownership lasts 45 days, or what the workspace chose; a "no" that covers it, as long as the registry's data.

    Held only against those who ask the database at all: the law does not make anybody ask it.
    """
    proofs_age = facts.proved_at is not None and not facts.registries
    if answer is None and not proofs_age and facts.market.recheck_reassigned is None:
        return ()
    if facts.now - proof <= (facts.market.recheck_reassigned or _PROOF_LASTS):
        return ()
    if answer is not None and answer.answer == "clear" and _covers(answer, proof):
        if not rnd.is_stale(answer.as_of, now=facts.now):
            return ()
        known = f"asked last on {answer.as_of.date().isoformat()}"
    else:
        known = "not asked since"
    detail = f"last proved to be theirs on {proof.date().isoformat()}, and {known}"
    awaits = f"an answer of {REASSIGNED} for this number, asked with {proof.date().isoformat()}"
    return (Objection(rnd.stale_code, rnd.source, detail, awaits=awaits),)


def _covers(answer: RegistryFact, proof: datetime) -> bool:
    """Whether a "no" speaks for the time since the proof: asked with that day or an earlier one, and after it."""
    return answer.as_of >= proof and (answer.asked_about is None or answer.asked_about.date() <= proof.date())


def _asked(answer: RegistryFact) -> str:
    return "" if answer.asked_about is None else f" on or after {answer.asked_about.date().isoformat()}"


_LISTS = [row for row in INSTALLED.registries if row.kind is RegistryKind.DO_NOT_CALL]
_RND = INSTALLED.registry_by_name[REASSIGNED]

RULES = (
    Rule(
        "suppress.registries",
        "do-not-call registries, see their rows",
        _judge_lists,
        tuple(dict.fromkeys([*(row.listed_code for row in _LISTS), *(row.stale_code for row in _LISTS)])),
    ),
    Rule("suppress.number_life", _LIFE_SOURCE, _judge_life, (_RND.listed_code, _UNKNOWN, _RND.stale_code, _DEACTIVATED)),
)
