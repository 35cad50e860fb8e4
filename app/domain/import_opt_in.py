"""What does a row say that the person agreed to? Columns become an opt-in with evidence, held to the same proof as any."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from app.domain.errors import InvalidField
from app.domain.facts import ConsentBasis
from app.domain.message import Channel, Purpose
from app.domain.opt_in import OptIn
from app.domain.proof import EVIDENCE_NEEDED

PREFIX = "opt_in_"
METHOD = "method"
# What of an opt-in is no evidence, and what else it may be called.
_AT = ("at", "date", "time", "occurred_at")
_KNOWN = {METHOD, "kind", "channels", "channel", "topic", "brand", *_AT}
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_TOPIC = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_LONGEST_BRAND = 200


def read_opt_in(said: Mapping[str, object], *, phone: str) -> OptIn | None:
    """An opt-in to marketing from its fields, those left over its evidence; None where the row tells of none.

    A day alone is its beginning in UTC. Raises InvalidField for a field that cannot be used; whether the evidence carries the
    method is found out when it is recorded.
    """
    fields = {name: value for name, value in said.items() if value not in {None, ""}}
    method = str(fields.get(METHOD, "")).strip().lower()
    if not method:
        return None
    if method not in EVIDENCE_NEEDED:
        raise _bad("method", f"opt-ins come by {', '.join(EVIDENCE_NEEDED)}")
    written = next((fields[name] for name in _AT if name in fields), None)
    if written is None:
        raise _bad("at", "when the person agreed is missing")
    topic, brand = str(fields.get("topic", "")), str(fields.get("brand", ""))
    if (topic and not _TOPIC.match(topic)) or len(brand) > _LONGEST_BRAND:
        raise _bad("topic", "a topic is a word of a-z, 0-9, _ and -; a brand has at most 200 characters")
    evidence = {name: _whole_day(name, value) for name, value in fields.items() if name not in _KNOWN}
    return OptIn(
        phone=phone,
        channels=_channels(str(fields.get("channels", fields.get("channel", "")))),
        purpose=Purpose.MARKETING,
        method=method,
        evidence=evidence,
        occurred_at=_instant(str(written)),
        topic=topic,
        brand=brand,
        basis=_basis(str(fields.get("kind", ""))),
    )


def _bad(name: str, detail: str) -> InvalidField:
    return InvalidField(detail, pointer=f"/{PREFIX}{name}", code="bad_opt_in")


def _channels(text: str) -> list[Channel]:
    words = [word.strip().lower() for word in re.split("[;,|]", text) if word.strip()]
    try:
        return list(dict.fromkeys(Channel(word) for word in words)) or [Channel.SMS]
    except ValueError:
        raise _bad("channels", f"channels are {', '.join(Channel)}") from None


def _basis(text: str) -> ConsentBasis | None:
    try:
        return ConsentBasis(text.strip().lower()) if text.strip() else None
    except ValueError:
        raise _bad("kind", f"a consent is {', '.join(ConsentBasis)}") from None


def _whole_day(name: str, value: object) -> object:
    return f"{value}T00:00:00Z" if name.endswith("_at") and isinstance(value, str) and _DAY.match(value) else value


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(_whole_day("_at", text.strip())))
    except ValueError:
        raise _bad("at", "is not an instant such as 2026-11-23T17:00:00Z, nor a day such as 2026-11-23") from None
    if found.utcoffset() is None:
        raise _bad("at", "must carry its offset from UTC, such as Z")
    return found.astimezone(UTC)
