"""Can this kind of line take such a message? By the number's type, before anyone pays for a refusal."""

from collections.abc import Mapping, Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts, NumberKind
from app.domain.message import Channel

_SOURCE = "policy: line types that cannot take the message or do not belong to a person"
_TEST_SOURCE = "Twilio's test numbers: good with test credentials only"
_TEST_NUMBERS = "+150055500"
_TEST_CODE = "number.test_magic"

# What can be called but not texted, and what is neither without a look-up that shows otherwise. US and Canadian mobiles are
# "fixed line or mobile" to the library, so that kind may be texted: a look-up or the carrier's refusal teaches which were land
# lines. What the library calls VoIP is nothing until a look-up tells which kind: a non-fixed line is used as a mobile is.
_NO_TEXT: Mapping[NumberKind, str] = {
    NumberKind.FIXED_LINE: "number.type_fixed_line",
    NumberKind.FIXED_VOIP: "number.type_fixed_voip",
}
_NOTHING: Mapping[NumberKind, str] = {
    NumberKind.VOIP: "number.type_voip",
    NumberKind.PAGER: "number.type_pager",
    NumberKind.PERSONAL_NUMBER: "number.type_personal_number",
    NumberKind.UAN: "number.type_uan",
    NumberKind.TOLL_FREE: "number.toll_free_recipient",
    NumberKind.PREMIUM_RATE: "number.type_premium_rate",
    NumberKind.SHARED_COST: "number.type_shared_cost",
    NumberKind.VOICEMAIL: "number.type_voicemail",
    NumberKind.UNKNOWN: "number.type_unknown",
}
_REFUSED: Mapping[Channel, Mapping[NumberKind, str]] = {
    channel: _NOTHING if channel is Channel.VOICE else {**_NO_TEXT, **_NOTHING} for channel in Channel
}


def _judge(facts: Facts) -> Sequence[Objection]:
    if facts.number.e164.startswith(_TEST_NUMBERS):
        return (Objection(_TEST_CODE, _TEST_SOURCE, "a provider's test number, which no phone has"),)
    code = _REFUSED[facts.channel].get(facts.number.kind)
    if code is None or facts.reply_to is not None:  # who has just texted us can be answered, whatever the books say
        return ()
    return (Objection(code, _SOURCE, f"{facts.channel} to a line of type {facts.number.kind}"),)


RULES = (Rule("number.type", _SOURCE, _judge, (_TEST_CODE, *_NO_TEXT.values(), *_NOTHING.values())),)
