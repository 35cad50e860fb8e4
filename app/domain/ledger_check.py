"""Is a ledger as it was written? Every entry hashed again, every link followed, and whatever does not fit is named."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.domain.ledger import ENTRY_FIELDS, START, Head, canonical_json, entry_hash, evidence_hash, number_hash

ENTRY_KEYS = frozenset({*ENTRY_FIELDS, "phone", "salt", "evidence", "hash"}) - {"workspace"}
"""What an entry carries where it is exported: its hashed fields, what they hide, and its hash."""
_INTEGERS = ("seq", "number_seq", "tenure")
_OPTIONAL = frozenset({"channel", "expires_at", "salt"})
Verify = Callable[[bytes, bytes, bytes], bool]
"""(public key, signature, message) -> whether the signature is that key's."""


class Finding(NamedTuple):
    """Something that is not as it was written: where, and what is wrong there."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


def place_of(entry: Mapping[str, Any]) -> str:
    """How an entry is named in a finding."""
    return f"entry {entry.get('seq')} ({entry.get('id')})"


def check_entry(entry: Mapping[str, Any], *, workspace: str) -> list[Finding]:
    """What is wrong with one entry by itself: its shape, its hash, and whether number and evidence are those that were hashed.

    An erased entry has no salt, no evidence and a stand-in for its number; the rest of it is checked all the same.
    """
    place = place_of(entry)
    if told := misshapen(entry):
        return [Finding(place, told)]
    found = []
    fields = {name: None if entry[name] is None else str(entry[name]) for name in ENTRY_FIELDS if name != "workspace"}
    if entry_hash({**fields, "workspace": workspace}).hex() != entry["hash"]:
        found.append(Finding(place, "altered: its hash does not follow from what it says"))
    if entry["salt"] is None:
        if entry["evidence"]:
            found.append(Finding(place, "altered: evidence without the salt that would prove it"))
        return found
    salt = bytes.fromhex(entry["salt"])
    if number_hash(salt=salt, workspace=workspace, phone=entry["phone"]).hex() != entry["number_hash"]:
        found.append(Finding(place, "altered: it was written for another number"))
    if evidence_hash(salt=salt, evidence=canonical_json(entry["evidence"])).hex() != entry["evidence_hash"]:
        found.append(Finding(place, "altered: its evidence is not what was recorded"))
    return found


def misshapen(entry: Mapping[str, Any]) -> str:
    """Why this is no entry at all, or ""."""
    if entry.keys() != ENTRY_KEYS:
        odd = sorted(map(str, entry.keys() ^ ENTRY_KEYS))
        return f"altered: fields added or missing ({', '.join(odd)})"
    for name, value in entry.items():
        if name in _INTEGERS:
            fits = type(value) is int and value > 0
        elif name == "evidence":
            fits = isinstance(value, dict)
        else:
            fits = isinstance(value, str) or (value is None and name in _OPTIONAL)
        if not fits:
            return f"altered: {name} is no value it could have"
    if entry["salt"] is not None and _hash(entry["salt"]).hex() != entry["salt"]:  # spelled otherwise it would read the same
        return "altered: salt is no value it could have"
    return ""


@dataclass(slots=True)
class ChainCheck:
    """Follows one chain, entries added as they are found. `name` says whose it is, for findings."""

    name: str
    last: Head = START
    _holes: list[tuple[int, int]] = field(default_factory=list)

    def add(self, *, place: str, seq: int, previous: str, own: str) -> list[Finding]:
        """What is wrong with how this entry follows."""
        if seq <= self.last.seq:
            return [Finding(place, self._too_late(seq))]
        found = []
        if seq > self.last.seq + 1:
            self._holes.append((self.last.seq + 1, seq - 1))
        elif previous != self.last.hash.hex():
            found.append(
                Finding(place, f"altered, or what comes before it was: it does not link to entry {seq - 1} of {self.name}")
            )
        self.last = Head(seq, _hash(own))
        return found

    def _too_late(self, seq: int) -> str:
        for hole in self._holes:
            if hole[0] <= seq <= hole[1]:
                self._holes.remove(hole)
                rest = ((hole[0], seq - 1), (seq + 1, hole[1]))
                self._holes += [(first, last) for first, last in rest if first <= last]
                return f"reordered: entry {seq} of {self.name} comes after entry {self.last.seq}"
        return f"inserted or repeated: {self.name} has an entry {seq} already"

    def end(self, head: Head | None = None) -> list[Finding]:
        """What is missing, now that everything was added; `head` is where the chain should end."""
        found = [
            Finding(self.name, f"missing: entry {first}" if first == last else f"missing: entries {first} to {last}")
            for first, last in sorted(self._holes)
        ]
        if head is None or head == self.last:
            return found
        if head.seq > self.last.seq:
            told = f"missing: entries {self.last.seq + 1} to {head.seq}, the last"
        elif head.seq < self.last.seq:
            told = f"inserted: it should end with entry {head.seq} and goes on to {self.last.seq}"
        else:
            told = f"altered: entry {head.seq} is not the one the chain ended with"
        return [*found, Finding(self.name, told)]


def _hash(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


class LedgerCheck:
    """Follows a workspace's whole ledger: entries added in the order they are found, each with its phone.

    `kept` is a head that somebody wrote down when it was signed: the ledger must still hold that very entry.
    """

    def __init__(self, workspace: str, *, kept: Head = START) -> None:
        self._workspace = workspace
        self._kept = kept
        self._chain = ChainCheck("the ledger")
        self._numbers: dict[str, Head] = {}

    def add(self, entry: Mapping[str, Any]) -> list[Finding]:
        """What is wrong with this entry, and with how it follows."""
        found = check_entry(entry, workspace=self._workspace)
        if misshapen(entry):
            return found
        place = place_of(entry)
        found += against_kept(self._kept, place=place, seq=entry["seq"], own=entry["hash"])
        found += self._chain.add(place=place, seq=entry["seq"], previous=entry["previous"], own=entry["hash"])
        return found + self._follow_number(entry, place)

    def _follow_number(self, entry: Mapping[str, Any], place: str) -> list[Finding]:
        before = self._numbers.get(entry["phone"], START)
        follows = entry["number_seq"] == before.seq + 1 and entry["number_previous"] == before.hash.hex()
        self._numbers[entry["phone"]] = Head(entry["number_seq"], _hash(entry["hash"]))
        if follows:
            return []
        return [Finding(place, f"out of place: it does not follow entry {before.seq} of its number")]

    def end(self, head: Head) -> list[Finding]:
        """What is missing, now that every entry was added and the ledger should end with `head`."""
        found = self._chain.end(head)
        if self._kept.seq > self._chain.last.seq:
            found.append(Finding("the ledger", f"missing: it ends before entry {self._kept.seq}, the head that was kept"))
        return found


def against_kept(kept: Head, *, place: str, seq: int, own: str) -> list[Finding]:
    """What a kept head says of the entry with this place in the chain and this hash."""
    if seq != kept.seq or own == kept.hash.hex():
        return []
    return [Finding(place, "altered: the head that was kept is of another entry, so the ledger was rewritten before it")]
