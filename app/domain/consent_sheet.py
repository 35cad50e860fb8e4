"""What do all consents of some numbers come to, event by event? A no reaches every kind, brand and topic, later ones as well."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from app.domain.consent import NO_EVENTS, SAID_NO, ConsentEvent, ConsentKind, fold, in_order, reaches
from app.domain.evidence import NOTHING_SHOWN
from app.domain.facts import NO_CONSENT, ConsentBasis, ConsentFacts, ConsentState
from app.domain.message import Channel
from app.domain.proof import lifts

_OPT_INS = frozenset({ConsentKind.GIVEN, ConsentKind.CONFIRMED, ConsentKind.REFRESHED})


class Key(NamedTuple):
    """What one consent is of. A `topic` or `brand` of "" is all of them."""

    phone: str
    channel: str
    purpose: str
    topic: str = ""
    brand: str = ""
    basis: str = ConsentBasis.EXPRESS_WRITTEN


class No(NamedTuple):
    """The last "no" to a channel (None is all), a topic and a brand ("" is all of them)."""

    channel: str | None
    topic: str
    brand: str
    at: datetime

    def reaches(self, key: Key) -> bool:
        """Whether it speaks of this key too."""
        return self.channel in {None, key.channel} and reaches(self.topic, self.brand, topic=key.topic, brand=key.brand)


class Sheet:
    """The consents of some numbers by key, and the noes behind them, as far as events have been applied."""

    def __init__(self, states: Mapping[Key, ConsentFacts], noes: Iterable[tuple[str, str, No]] = ()) -> None:
        """`noes` come with their phone and purpose."""
        self._states = dict(states)
        self._of_phone: dict[str, list[Key]] = defaultdict(list)
        for key in self._states:
            self._of_phone[key.phone].append(key)
        self._noes: dict[tuple[str, str], list[No]] = defaultdict(list)
        for phone, purpose, no in noes:
            self._noes[phone, purpose].append(no)

    def __getitem__(self, key: Key) -> ConsentFacts:
        """Consent as it stands now. A key never spoken of shares every "no" that reaches it."""
        if key in self._states:
            return self._states[key]
        nothing = _nothing(key)
        noes = [no.at for no in self._noes.get((key.phone, key.purpose), ()) if no.reaches(key)]
        return replace(nothing, state=ConsentState.REVOKED, since=max(noes), flags=NOTHING_SHOWN) if noes else nothing

    def hear(self, phone: str, channel: str | None, purpose: str, event: ConsentEvent) -> None:
        """Remember a "no", for keys that nobody has spoken of yet. Other events are nothing to remember."""
        if event.kind in NO_EVENTS:
            self._noes[phone, purpose].append(No(channel, event.topic, event.brand, event.occurred_at))

    def of(self, phone: str) -> list[tuple[Key, ConsentFacts]]:
        """Every consent of a number."""
        return [(key, self._states[key]) for key in self._of_phone.get(phone, ())]

    def covered(self, phone: str, channel: str, purpose: str, *, topic: str = "", brand: str = "") -> list[Key]:
        """The keys a "no" to this channel, purpose, topic and brand reaches: its own, and every other seen."""
        own = Key(phone, channel, purpose, topic, brand)
        seen = [
            key
            for key in self._of_phone.get(phone, ())
            if (key.channel, key.purpose) == (channel, purpose)
            and key != own
            and reaches(topic, brand, topic=key.topic, brand=key.brand)
        ]
        return [own, *seen]

    def apply(self, key: Key, event: ConsentEvent) -> tuple[ConsentFacts, ConsentFacts]:
        """Let an event count for one key; consent before and after it."""
        known = key in self._states
        # A "no" on a key never spoken of is written down as its own, though an older one may reach it already.
        before = self._states[key] if known else _nothing(key) if event.kind in NO_EVENTS else self[key]
        after = fold(self._as_met(key, before, event), event)
        if after.state is ConsentState.NONE:
            return before, before
        if after != before:
            if not known:
                self._of_phone[key.phone].append(key)
            self._states[key] = after
        return before, after

    def _as_met(self, key: Key, before: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
        """What an event finds. A "no" that the person took back by proof stands in the way of nothing claimed since then."""
        if before.state not in SAID_NO or event.kind not in _OPT_INS or lifts(event.method, event.basis):
            return before
        return _nothing(key) if self._took_back(key, before, event) else before

    def _took_back(self, key: Key, no: ConsentFacts, event: ConsentEvent) -> bool:
        for other, given in self.of(key.phone):
            if other[:3] != key[:3] or not reaches(other.topic, other.brand, topic=key.topic, brand=key.brand):
                continue
            if given.state is not ConsentState.GIVEN or given.since is None or not lifts(given.method, given.basis):
                continue
            if no.since is not None and no.since < given.since < event.occurred_at:
                return True
        return False


def _nothing(key: Key) -> ConsentFacts:
    return replace(NO_CONSENT, basis=ConsentBasis(key.basis), brand=key.brand, topic=key.topic, channel=Channel(key.channel))


def add_up(events: Iterable[tuple[Channel | None, ConsentEvent]]) -> tuple[ConsentFacts, ...]:
    """What the ledger of one number and purpose adds up to, for every channel and kind. An event of channel None is of all.

    Where it was written out of order, this reads it in the order things happened.
    """
    lines = list(events)
    channels = {id(event): tuple(Channel) if channel is None else (channel,) for channel, event in lines}
    sheet = Sheet({})
    for event in in_order(event for _, event in lines):
        for channel in channels[id(event)]:
            sheet.hear("", channel, "", event)
            if event.kind in NO_EVENTS:
                for key in sheet.covered("", channel, "", topic=event.topic, brand=event.brand):
                    sheet.apply(key, event)
            else:
                sheet.apply(Key("", channel, "", event.topic, event.brand, event.basis), event)
    return tuple(state for _, state in sheet.of(""))
