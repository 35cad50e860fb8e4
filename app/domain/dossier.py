r"""What can be shown of one number years later? A file of all that is known, signed so that nobody need trust who holds it.

The file is one JSON object, canonical (see app/domain/ledger.py) and so the same bytes for the same content:

- `format`: "tactful.dossier.1"
- sections (`SECTIONS`), each a list of objects; `events` are the number's entries in the ledger
- `manifest`: workspace, phone, `cut_at`, `head` (seq and hash of the workspace's ledger at that instant), and for each section
  the SHA-256 of each of its items as canonical JSON, in order
- `signature`: `algorithm` "Ed25519", `key_id`, `public_key`, `value` (hex), over "tactful dossier 1\n" and the manifest as
  canonical JSON

A single altered, missing, repeated or moved item differs from its digest in the manifest, so it can be named; the manifest is
held by the signature, and the events by their own hashes besides.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from app.domain.ledger import Head, canonical_json, instant_text, key_id
from app.domain.ledger_check import ENTRY_KEYS, ChainCheck, Finding, Verify, check_entry, misshapen, place_of

FORMAT = "tactful.dossier.1"
SECTIONS = ("number", "events", "consents", "suppressions", "messages", "replies")
_TAG = b"tactful dossier 1\n"
_MANIFEST_KEYS = frozenset({"workspace", "phone", "cut_at", "head", "digests"})
Item = Mapping[str, Any]


class Unreadable(ValueError):
    """The file is not what it should be, so nothing in it can be checked; the words say why."""


def manifest_of(
    sections: Mapping[str, Sequence[Item]], *, workspace: str, phone: str, cut_at: datetime, head: Head
) -> dict[str, Any]:
    """The manifest over these sections. `workspace` is the prefixed id."""
    return {
        "workspace": workspace,
        "phone": phone,
        "cut_at": instant_text(cut_at),
        "head": {"seq": head.seq, "hash": head.hash.hex()},
        "digests": {name: [_digest(item) for item in sections[name]] for name in SECTIONS},
    }


def signed_bytes(manifest: Mapping[str, Any]) -> bytes:
    """What the signature is over."""
    return _TAG + canonical_json(manifest).encode()


def seal(sections: Mapping[str, Sequence[Item]], manifest: Mapping[str, Any], *, public_key: bytes, signature: bytes) -> bytes:
    """The file."""
    content = {name: list(sections[name]) for name in SECTIONS}
    return (
        canonical_json(
            {**content, "format": FORMAT, "manifest": manifest, "signature": signature_of(public_key, signature)}
        ).encode()
        + b"\n"
    )


def signature_of(public_key: bytes, signature: bytes) -> dict[str, str]:
    """How a signature stands in a file."""
    return {
        "algorithm": "Ed25519",
        "key_id": key_id(public_key),
        "public_key": public_key.hex(),
        "value": signature.hex(),
    }


def _digest(item: Any) -> str:
    return sha256(canonical_json(item).encode()).hexdigest()


def read_json(text: bytes) -> dict[str, Any]:
    """A JSON object in which no key comes twice (readers differ on which of them counts). Raises Unreadable."""
    try:
        read = json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
        canonical_json(read).encode()  # infinities and lone surrogates have no bytes
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not readable as JSON: {error}") from error
    if not isinstance(read, dict):
        raise Unreadable("not a JSON object")
    return read


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key comes twice")
    return read


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def check_dossier(file: Mapping[str, Any], *, verify: Verify, trusted: bytes | None = None) -> list[Finding]:
    """Everything in a dossier (as `read_json` gives it) that is not as it was signed. Raises Unreadable.

    `trusted` is the public key it must be signed with; without it the file's own is taken, which shows only that file and key
    belong together: compare the key with one that was published.
    """
    _shaped(file)
    manifest = file["manifest"]
    found = check_signature(file["signature"], signed_bytes(manifest), verify, trusted)
    for name in SECTIONS:
        found += _check_section(name, file[name], manifest["digests"][name])
    return found + _check_events(file["events"], manifest)


def _shaped(file: Mapping[str, Any]) -> None:
    if file.get("format") != FORMAT:
        raise Unreadable(f"not a dossier of this format ({FORMAT})")
    if file.keys() != {*SECTIONS, "format", "manifest", "signature"}:
        raise Unreadable("sections were added or taken away")
    manifest, signature = file["manifest"], file["signature"]
    head = manifest.get("head") if isinstance(manifest, dict) else None
    whole = (
        isinstance(manifest, dict)
        and manifest.keys() == _MANIFEST_KEYS
        and isinstance(manifest["workspace"], str)
        and isinstance(manifest["phone"], str)
        and isinstance(head, dict)
        and head.keys() == {"seq", "hash"}
        and type(head["seq"]) is int
        and isinstance(manifest["digests"], dict)
        and manifest["digests"].keys() == set(SECTIONS)
        and all(_list_of(str, digests) for digests in manifest["digests"].values())
        and isinstance(signature, dict)
        and all(_list_of(dict, file[name]) for name in SECTIONS)
    )
    if not whole:
        raise Unreadable("manifest, signature or a section is not shaped as it should be")


def _list_of(kind: type, value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def check_signature(
    told: Mapping[str, Any], message: bytes, verify: Verify, trusted: bytes | None, *, over: str = "manifest"
) -> list[Finding]:
    """What is wrong with a signature as it stands in a file; `over` names what it is over, `trusted` as for `check_dossier`."""
    try:
        public_key, signature = bytes.fromhex(told["public_key"]), bytes.fromhex(told["value"])
    except (ValueError, TypeError, KeyError):
        return [Finding("signature", "altered: key or value is missing or not hex")]
    found = []
    if told != signature_of(public_key, signature):
        found.append(Finding("signature", "altered: algorithm, key and key id do not belong together"))
    if trusted is not None and public_key != trusted:
        found.append(Finding("signature", f"made with another key ({key_id(public_key)}) than the one that is trusted"))
    if not verify(public_key, signature, message):
        found.append(Finding(over, "altered, or not signed by this key: the signature does not fit"))
    return found


def _name(section: str, item: Item, index: int) -> str:
    return f"{section} {index + 1}" + (f" ({item['id']})" if "id" in item else "")


def _check_section(section: str, items: Sequence[Item], digests: Sequence[str]) -> list[Finding]:
    """Items that differ from the digests that were signed, each by its place."""
    actual = [_digest(item) for item in items]
    if actual == list(digests):
        return []
    signed_at = {digest: index for index, digest in enumerate(digests)}
    found = []
    if len(items) == len(digests) and sorted(actual) != sorted(digests):
        pairs = enumerate(zip(items, actual, digests, strict=True))
        return [
            Finding(_name(section, item, index), _unlike(signed_at.get(digest)))
            for index, (item, digest, signed) in pairs
            if digest != signed
        ]
    reached = -1
    seen = set()
    for index, (item, digest) in enumerate(zip(items, actual, strict=True)):
        at = signed_at.get(digest)
        if at is None:
            found.append(Finding(_name(section, item, index), "inserted or altered: it was not signed"))
        elif digest in seen:
            found.append(Finding(_name(section, item, index), f"repeated: it is {section} {at + 1}"))
        elif at < reached:
            found.append(Finding(_name(section, item, index), f"reordered: it was {section} {at + 1}"))
        else:
            reached = at
        seen.add(digest)
    gone = [index for digest, index in signed_at.items() if digest not in seen]
    return found + [Finding(f"{section} {index + 1}", "missing or altered: what was signed is not there") for index in gone]


def _unlike(moved_from: int | None) -> str:
    return "altered: it is not what was signed" if moved_from is None else f"reordered: it was number {moved_from + 1}"


def _check_events(events: Sequence[Item], manifest: Mapping[str, Any]) -> list[Finding]:
    """The number's own chain: every hash, every link, and that each event is about this number."""
    phone, found = manifest["phone"], []
    chain = ChainCheck("the number's chain")
    for entry in events:
        told = {**entry, "phone": phone}
        wrong = check_entry(told, workspace=manifest["workspace"])
        found += wrong
        if misshapen(told):
            continue
        place = place_of(entry)
        if entry["seq"] > manifest["head"]["seq"]:
            found.append(Finding(place, "inserted: it lies beyond the head the dossier was cut at"))
        found += chain.add(place=place, seq=entry["number_seq"], previous=entry["number_previous"], own=entry["hash"])
    return found + chain.end()


def event_item(entry: Item) -> dict[str, Any]:
    """A ledger entry as a dossier holds it: without the phone, which the manifest names once."""
    return {name: entry[name] for name in ENTRY_KEYS if name != "phone"}
