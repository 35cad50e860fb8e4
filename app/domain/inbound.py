"""What does a person mean by a text, a tap, a key or a notice? One reading for each way; only texts are ever doubted."""

from dataclasses import replace

from app.domain.delivery import Inbound, InboundKind
from app.domain.keyword_book import exact
from app.domain.keywords import Keyword, Reading, normalise, read_reply

_NOTHING = Reading(Keyword.NONE)


def read_inbound(inbound: Inbound, opt_out_key: str | None) -> Reading:
    """What an inbound means. `opt_out_key` is the key its call offers, None where the call is not known."""
    match inbound.kind:
        case InboundKind.TEXT:
            return _text(inbound)
        case InboundKind.TAP:
            return _tap(inbound)
        case InboundKind.KEYS:
            return Reading(Keyword.STOP) if opt_out_key and opt_out_key in inbound.body else _NOTHING
        case InboundKind.NOTICE:
            said = _text(inbound)
            return said if said.keyword in {Keyword.STOP, Keyword.START} else _NOTHING


def _text(inbound: Inbound) -> Reading:
    """How a text is taken: as the provider says where it says, for it has acted on that."""
    reading = read_reply(inbound.body)
    said = (inbound.keyword or "").lower()
    if said not in set(Keyword) or said == reading.keyword:
        return reading if not said else replace(reading, says="")
    return Reading(Keyword(said), reading.languages)


def _tap(inbound: Inbound) -> Reading:
    """A suggestion's words are ours: what they do not plainly say, nobody has to read. A no in its postback counts first.

    The postback is a program's word, so that only a whole keyword means anything.
    """
    shown = _text(inbound)
    behind = exact().get(normalise(inbound.payload or ""), _NOTHING)
    for reading in (shown, behind):
        if reading.keyword is Keyword.STOP:
            return reading
    plain = [reading for reading in (shown, behind) if reading.keyword not in {Keyword.NONE, Keyword.REVIEW}]
    if plain:
        return plain[0]
    return replace(shown, keyword=Keyword.NONE) if shown.says else _NOTHING
