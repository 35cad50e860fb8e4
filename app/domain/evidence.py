"""What does the evidence of a consent prove? It is reduced to a few words at recording, and rules read those."""

import re
from collections.abc import Collection, Mapping
from typing import Literal

from app.domain.facts import ConsentBasis
from app.domain.message import Channel

Evidence = Mapping[str, object]
Element = Literal["agreement", "signature", "authorisation", "seller", "number", "not_a_condition"]

# The six elements of prior express written consent, 47 CFR 64.1200(f)(9), and how to say them to a caller.
ELEMENTS: Mapping[Element, str] = {
    "agreement": "the wording that was agreed to",
    "signature": "the person's signature: a checkbox, a keyword, a key press, a recording",
    "authorisation": "that it allows marketing by automated texts (or automated or prerecorded calls)",
    "seller": "the seller's name",
    "number": "the number it is for",
    "not_a_condition": "that agreeing is not a condition of buying",
}
_LACKS = "lacks:"

NIGHT = "night"
PARTNER = "partner"
NO_NOTICE = "no_notice"
CHARITY = "charity"
EARLY = "collected_before_relationship"
PARENTAL = "parental"
DOUBLE_OPT_IN = "double_opt_in"
OWN_CHANNEL = "own_channel"
_ALLOWING = frozenset({NIGHT, PARENTAL, DOUBLE_OPT_IN})

# Fields of evidence that say an element outright: true (or a text) proves it, false takes it away whatever the wording says.
_SAID: Mapping[Element, tuple[str, ...]] = {
    "agreement": ("agreement",),
    "signature": ("signed", "signature"),
    "authorisation": ("authorises_automated_marketing",),
    "seller": ("seller",),
    "number": ("number_shown",),
    "not_a_condition": ("not_condition_of_purchase",),
}
_FLAGGED: Mapping[str, tuple[str, ...]] = {
    NIGHT: ("night",),
    PARTNER: ("partner",),
    CHARITY: ("charity",),
    EARLY: ("collected_before_relationship",),
    PARENTAL: ("parental_consent",),
}
# What makes a person's act a signature (15 U.S.C. 7006(5)); a list somebody hands over carries none.
_SIGNING = frozenset({"web_form", "keyword", "double_opt_in", "paper"})

_BUYING = r"(?:purchas\w*|buy\w*|goods|services?|property|order\w*)"
_TOLD = r"(?:required?|requirement|necessary|need\w*|oblig\w+|have)"
_NOT_A_CONDITION = re.compile(
    r"\b(?:not|isn['\u2019]?t|never|no) (?:\w+ ){0,3}(?:conditions?|conditional|conditioned)\b"
    rf"|(?:\bnot|\bnever|n['\u2019]t) (?:\w+ ){{0,4}}{_TOLD}\b[^.!?]{{0,60}}\b{_BUYING}\b"
    rf"|\b{_BUYING}\b[^.!?]{{0,40}}\b(?:not|never|isn['\u2019]?t) (?:\w+ ){{0,3}}(?:required|conditional|conditioned|dependent)\b"
    r"|\bno es (?:una )?condici[oó]n|\bn['\u2019]est pas une condition",
    re.IGNORECASE,
)
_A_CONDITION = re.compile(
    r"\b(?:is|are) (?:a (?:condition|requirement)|required|necessary)\b[^.!?]{0,40}\b(?:to|of|for)\b"
    rf"[^.!?]{{0,40}}\b{_BUYING}\b",
    re.IGNORECASE,
)
_SELLING = re.compile(
    r"\b(?:adverti\w+|ads?|market\w+|telemarket\w+|promo\w*|offers?|deals?|sales?|discounts?|coupons?|specials?|ofertas?|promoci\w+)\b",
    re.IGNORECASE,
)
_AUTOMATED = re.compile(r"\b(?:auto-?\s?dial\w*|automat\w+|pre-?\s?recorded|recorded|artificial|robo-?\w*)\b", re.IGNORECASE)
_TEXTS = re.compile(r"\b(?:text\w*|sms|mms|rcs|messag\w*|msgs?|mensajes?)\b", re.IGNORECASE)
_CALLS = re.compile(r"\b(?:call\w*|voice\w*|phone|telephone|dial\w*|llamadas?)\b", re.IGNORECASE)
_ANY_TEXT = re.compile(r"text|messag|msg|mensaj|nachricht|bericht|mess\w*aggi|mensag|短信|メッセージ|문자", re.IGNORECASE)
_ONE_CHANNEL = re.compile(r"\b(?:sms|mms|rcs)\b", re.IGNORECASE)


def lacks(element: str) -> str:
    """The word for a missing element."""
    return _LACKS + element


NOTHING_SHOWN = frozenset(lacks(element) for element in ELEMENTS)


def missing(flags: Collection[str]) -> tuple[str, ...]:
    """Which elements the words say are missing, in the order of the rule."""
    found = {flag.removeprefix(_LACKS) for flag in flags if flag.startswith(_LACKS)}
    known = [element for element in ELEMENTS if element in found]
    return (*known, *sorted(found.difference(known)))


def merge(before: frozenset[str], after: frozenset[str]) -> frozenset[str]:
    """The words for someone who has agreed twice: the fuller of two agreements counts, and so does what either allowed."""
    fuller = min(before, after, key=lambda flags: len(missing(flags)))
    lacking = {flag for flag in fuller if flag.startswith(_LACKS)}
    narrower = (before & after) - _ALLOWING
    return frozenset(lacking | ((before | after) & _ALLOWING) | {flag for flag in narrower if not flag.startswith(_LACKS)})


def reduce_evidence(
    basis: ConsentBasis, method: str, evidence: Evidence, *, channel: Channel, sellers: Collection[str]
) -> frozenset[str]:
    """The words that rules read, for one consent. `sellers` are names of which one must stand in the wording.

    Evidence that is not there at all (a ledger older than these words) proves what it was recorded as.
    """
    if not evidence:
        return frozenset()
    flags = {flag for flag, fields in _FLAGGED.items() if any(_yes(evidence.get(field)) for field in fields)}
    if method == "double_opt_in":
        flags.add(DOUBLE_OPT_IN)
    wording = wording_of(evidence)
    if basis is ConsentBasis.SOFT_OPT_IN and not (_yes(evidence.get("notice")) or _yes(evidence.get("could_object"))):
        flags.add(NO_NOTICE)
    if basis is ConsentBasis.EXPRESS_WRITTEN:
        proved = _proved(method, evidence, wording, channel=channel, sellers=sellers)
        flags.update(lacks(element) for element in ELEMENTS if not proved[element])
        if channel is not Channel.VOICE and _ONE_CHANNEL.search(wording) and not _ANY_TEXT.search(wording):
            flags.add(OWN_CHANNEL)
    return frozenset(flags)


def wording_of(evidence: Evidence) -> str:
    """What the person was shown, or told."""
    return str(evidence.get("wording") or "")


def denial(method: str, evidence: Evidence, *, phone: str) -> tuple[str, str] | None:
    """What in the evidence denies the written consent it is given for: (field, what is wrong). None when nothing does."""
    for element, fields in _SAID.items():
        for field in fields:
            if evidence.get(field) is False:
                return field, f"written consent needs {ELEMENTS[element]}, and the evidence denies it"
    wording = wording_of(evidence)
    if _A_CONDITION.search(wording) and not _NOT_A_CONDITION.search(wording):
        return "wording", "it makes agreeing a condition of buying (47 CFR 64.1200(f)(9)(i)(B))"
    for field in ("phone", "number"):
        digits = re.sub(r"\D", "", str(evidence.get(field) or ""))
        if len(digits) >= 7 and not phone.endswith(digits) and not digits.endswith(phone.removeprefix("+")):
            return field, "it is for another number"
    if method == "voice" and not _yes(evidence.get("recording")):
        return "recording", "spoken consent is written only when it was recorded (15 U.S.C. 7006(5))"
    return None


def ticked_before(evidence: Evidence) -> str | None:
    """The field that says that a box was ticked before the person came: nobody's act (GDPR recital 32; CJEU C-673/17)."""
    return next((field for field in ("prechecked", "preticked", "pre_ticked") if _yes(evidence.get(field))), None)


def _yes(value: object) -> bool:
    """Whether a field says so: true, or a text that is not "false" or "no"."""
    if isinstance(value, str):
        return value.strip().casefold() not in {"", "false", "no", "0"}
    return bool(value)


def _proved(method: str, evidence: Evidence, wording: str, *, channel: Channel, sellers: Collection[str]) -> dict[Element, bool]:
    """Of each element, whether the evidence carries it."""
    reach = _CALLS if channel is Channel.VOICE else _TEXTS
    signed = method in _SIGNING or (method == "voice" and _yes(evidence.get("recording")))
    found: dict[Element, bool] = {
        "agreement": bool(wording.strip()) or _yes(evidence.get("document")),
        "signature": signed,
        "authorisation": all(pattern.search(wording) for pattern in (_SELLING, _AUTOMATED, reach)),
        "seller": _names_one(wording, sellers),
        "number": True,  # the record is of this number: the door refuses evidence of another
        "not_a_condition": bool(_NOT_A_CONDITION.search(wording)),
    }
    for element, fields in _SAID.items():
        said = [evidence[field] for field in fields if evidence.get(field) is not None]
        if said:
            found[element] = all(_yes(value) for value in said)
    return found


def _names_one(wording: str, sellers: Collection[str]) -> bool:
    plain = _plain(wording)
    return any(name and f" {name} " in plain for name in map(_plain_word, sellers))


def _plain(text: str) -> str:
    return f" {_plain_word(text)} "


def _plain_word(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
