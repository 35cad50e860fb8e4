"""Does the chain hold? Whatever is altered, dropped, moved, repeated or slipped in is found; what was written is not accused."""

import copy
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.dossier import Unreadable, check_dossier, read_json, signed_bytes
from app.domain.ledger import START, canonical_json, head_bytes
from app.domain.ledger_check import Finding, LedgerCheck
from app.storage.signing import Signer, signature_fits
from tests.domain.ledgers import NOON, PHONES, SIGNER, WORKSPACE_ID, dossier_of, entries_of, events, evidences, head_of


def check_all(entries: list[dict[str, Any]], head: Any) -> list[Finding]:
    check = LedgerCheck(WORKSPACE_ID)
    found = [finding for entry in entries for finding in check.add(entry)]
    return found + check.end(head)


def check_file(file: dict[str, Any], trusted: bytes | None = SIGNER.public_key) -> list[Finding]:
    return check_dossier(file, verify=signature_fits, trusted=trusted)


def netstrings(*fields: str | None) -> bytes:
    """The encoding, written a second time from its description."""
    out = b""
    for one in fields:
        out += b"-," if one is None else str(len(one.encode())).encode() + b":" + one.encode() + b","
    return out


@given(events())
def test_the_hashes_are_those_the_description_gives(made):
    for entry in entries_of(made):
        salt, told = entry["salt"], hashlib.sha256()
        number = hashlib.sha256(b"tactful consent number 1\n" + netstrings(salt, WORKSPACE_ID, entry["phone"])).hexdigest()
        shown = json.dumps(entry["evidence"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        evidence = hashlib.sha256(b"tactful consent evidence 1\n" + netstrings(salt, shown)).hexdigest()
        assert (number, evidence) == (entry["number_hash"], entry["evidence_hash"])
        words = "kind channel purpose topic brand basis method".split()
        fields = [WORKSPACE_ID, str(entry["seq"]), entry["id"], str(entry["number_seq"]), number, str(entry["tenure"])]
        fields += [entry[word] for word in words] + [evidence, entry["source"], entry["actor"]]
        fields += [entry[word] for word in ("expires_at", "occurred_at", "recorded_at", "previous", "number_previous")]
        told.update(b"tactful consent event 1\n" + netstrings(*fields))
        assert told.hexdigest() == entry["hash"]


@given(events())
def test_what_was_written_is_accused_of_nothing(made):
    entries = entries_of(made)
    assert check_all(entries, head_of(entries)) == []
    assert check_file(dossier_of(entries)) == []
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))


def changes(value: Any) -> list[Any]:
    """Some other values in place of this one."""
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, value - 1, str(value)]
        case float():
            return [value + 1 if value + 1 != value else 0]
        case str():
            flipped = chr(ord(value[0]) ^ 1) + value[1:] if value else "x"
            return [flipped, value + " ", value.upper() if value.upper() != value else value + "0"]
        case dict():
            return [{**value, "slipped in": 1}]
        case list():
            return [[*value, "slipped in"]]
        case _:
            return ["something"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document where something stands."""
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def altered(document: Any, path: tuple[Any, ...], new: Any) -> Any:
    changed = copy.deepcopy(document)
    spot = changed
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = new
    return changed


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@given(st.data(), events())
def test_any_single_change_to_a_whole_ledger_is_found(data, made):
    entries = entries_of(made)
    path = data.draw(st.sampled_from([place for place in places(entries) if len(place) > 1]))
    new = data.draw(st.sampled_from(changes(at(entries, path))))
    found = check_all(altered(entries, path, new), head_of(entries))
    assert found
    assert any(f"({entries[path[0]]['id']})" in finding.place for finding in found) or path[1] == "id"


@given(st.data(), events(least=3))
def test_an_entry_dropped_moved_repeated_or_slipped_in_is_found(data, made):
    entries = entries_of(made)
    where, other = data.draw(st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True))
    head = head_of(entries)
    dropped = entries[:where] + entries[where + 1 :]
    assert any(
        finding.problem.startswith("missing: entry") or "the last" in finding.problem for finding in check_all(dropped, head)
    )
    swapped = list(entries)
    swapped[where], swapped[other] = swapped[other], swapped[where]
    assert any(finding.problem.startswith("reordered") for finding in check_all(swapped, head))
    repeated = [*entries[:where], entries[where], *entries[where:]]
    assert any(finding.problem.startswith("inserted or repeated") for finding in check_all(repeated, head))
    forged = {**entries[where], "kind": "expired"}
    assert check_all([*entries[:where], forged, *entries[where:]], head)
    assert check_all([*entries[:where], forged, *entries[where + 1 :]], head)


@given(events(least=3), st.integers(0, 2))
def test_a_ledger_rewritten_with_all_its_hashes_ends_otherwise_than_its_head(made, where):
    entries = entries_of(made)
    rewritten = entries_of([*made[:where], *made[where + 1 :]])
    assert check_all(rewritten, head_of(rewritten)) == []
    assert any("the ledger" in finding.place for finding in check_all(rewritten, head_of(entries)))


@given(st.data(), events(phones=PHONES[:1], least=2))
def test_any_single_change_to_a_dossier_is_found(data, made):
    file = dossier_of(entries_of(made))
    path = data.draw(st.sampled_from([place for place in places(file) if place]))
    new = data.draw(st.sampled_from(changes(at(file, path))))
    changed = altered(file, path, new)
    try:
        found = check_file(changed)
    except Unreadable:
        return
    assert found
    if path[0] in {"events", "messages"} and len(path) > 2 and path[2] != "id":
        assert any(str(file[path[0]][path[1]]["id"]) in finding.place for finding in found)


@given(st.data(), events(phones=PHONES[:1], least=3))
def test_items_of_a_dossier_dropped_moved_repeated_or_slipped_in_are_named(data, made):
    file = dossier_of(entries_of(made))
    section = data.draw(st.sampled_from(["events", "messages"]))
    items = file[section]
    where, other = sorted(data.draw(st.lists(st.integers(0, len(items) - 1), min_size=2, max_size=2, unique=True)))
    found = check_file({**file, section: items[:where] + items[where + 1 :]})
    assert any(finding.place == f"{section} {where + 1}" and "missing" in finding.problem for finding in found)
    swapped = list(items)
    swapped[where], swapped[other] = swapped[other], swapped[where]
    assert any("reordered" in finding.problem for finding in check_file({**file, section: swapped}))
    repeated = check_file({**file, section: [*items, items[where]]})
    assert any("repeated" in finding.problem and items[where]["id"] in finding.place for finding in repeated)
    forged = {**items[where], "id": "another"}
    assert any("not signed" in finding.problem for finding in check_file({**file, section: [*items, forged]}))


@given(events())
def test_after_an_erasure_the_chain_still_verifies_and_tells_nothing(made):
    entries = entries_of(made)
    stand_in = "erased:01020304:" + "ab" * 32
    for entry in entries:
        if entry["phone"] == PHONES[0]:
            entry |= {"phone": stand_in, "evidence": {}, "salt": None}
    assert check_all(entries, head_of(entries)) == []
    assert check_file(dossier_of(entries, stand_in)) == []
    with_evidence = [entry for entry in entries if entry["salt"] is None]
    for entry in with_evidence:
        entry["evidence"] = {"wording": "made up afterwards"}
    assert bool(check_all(entries, head_of(entries))) == bool(with_evidence)


def test_a_dossier_signed_with_another_key_is_told_from_ours():
    file = dossier_of([])
    other = Signer(b"x" * 32)
    assert check_file(file, trusted=None) == []
    assert any("another key" in finding.problem for finding in check_file(file, trusted=other.public_key))
    signature = {**file["signature"], "value": other.sign(signed_bytes(file["manifest"])).hex()}
    assert check_file({**file, "signature": signature}, trusted=None)


@given(evidences)
def test_canonical_json_is_the_same_after_it_was_read_again_and_whole_numbers_lose_their_fraction(value):
    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text
    assert canonical_json({"a": 1.0, "b": [2.5, -0.0]}) == '{"a":1,"b":[2.5,0]}'


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"\xff", b"{", b'{"a":1,"a":1}', b'{"a":NaN}', b'{"a":1e999}', b'{"a":"\\ud800"}', b"[" * 100_000],
)
def test_what_is_no_dossier_is_said_to_be_none(text):
    with pytest.raises(Unreadable):
        check_file(read_json(text))


def test_a_head_is_signed_for_one_workspace_place_hash_and_instant():
    signed = head_bytes(workspace=WORKSPACE_ID, head=START, signed_at=NOON)
    signature = SIGNER.sign(signed)
    assert signature_fits(SIGNER.public_key, signature, signed)
    assert not signature_fits(SIGNER.public_key, signature, signed + b" ")
    assert not signature_fits(b"no key", signature, signed)
    assert Signer(b"k" * 32).key_id == SIGNER.key_id != Signer(b"x" * 32).key_id
