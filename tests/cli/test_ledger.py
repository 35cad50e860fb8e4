"""Does `ledger verify` say what it found, and end with 1 when something was found? Offline, on files as they come."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.domain.ledger import Event, Head, canonical_json, head_bytes
from app.domain.ledger_file import entry_line, header_line
from tests.domain.ledgers import NOON, PHONES, SIGNER, WORKSPACE_ID, dossier_of, entries_of, head_of

KEY = SIGNER.public_key.hex()
ENTRIES = entries_of(
    [
        Event(id=UUID(int=step), phone=PHONES[step % 2], kind="given", purpose="marketing", method="web_form", occurred_at=NOON)
        for step in range(1, 7)
    ]
)


def verify(*arguments: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, ["ledger", "verify", *arguments])
    return told.exit_code, told.output


def ledger_file() -> list[bytes]:
    head = head_of(ENTRIES)
    signature = SIGNER.sign(head_bytes(workspace=WORKSPACE_ID, head=head, signed_at=NOON))
    first = header_line(workspace=WORKSPACE_ID, head=head, signed_at=NOON, public_key=SIGNER.public_key, signature=signature)
    return [first, *map(entry_line, ENTRIES)]


def kept_head(head: Head) -> dict[str, object]:
    """As the API answers."""
    signature = SIGNER.sign(head_bytes(workspace=WORKSPACE_ID, head=head, signed_at=NOON))
    return {
        "workspace_id": WORKSPACE_ID,
        "seq": head.seq,
        "hash": head.hash.hex(),
        "signed_at": "2026-11-23T17:00:00Z",
        "algorithm": "Ed25519",
        "key_id": SIGNER.key_id,
        "public_key": KEY,
        "signature": signature.hex(),
    }


def test_a_dossier_verifies_as_it_came_and_spread_over_lines_by_an_editor(tmp_path: Path) -> None:
    file = tmp_path / "dossier.json"
    dossier = dossier_of(ENTRIES)
    for text in (canonical_json(dossier) + "\n", json.dumps(dossier, indent=2), json.dumps(dossier, ensure_ascii=True)):
        file.write_text(text)
        status, said = verify(str(file), "--public-key", KEY)
        assert (status, "complete and unaltered" in said) == (0, True), said


def test_without_a_key_to_hold_it_to_the_files_own_is_taken_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "dossier.json"
    file.write_text(canonical_json(dossier_of(ENTRIES)))
    status, said = verify(str(file))
    assert (status, SIGNER.key_id in said, "--public-key" in said) == (0, True, True)
    status, said = verify(str(file), "--public-key", "00" * 32)
    assert (status, "another key" in said) == (1, True)


def test_a_whole_ledger_verifies_and_each_touched_line_is_named(tmp_path: Path) -> None:
    file, lines = tmp_path / "ledger.ndjson", ledger_file()
    file.write_bytes(b"".join(lines))
    assert verify(str(file), "--public-key", KEY)[0] == 0
    for number in range(len(lines)):
        changed = list(lines)
        changed[number] = lines[number].replace(b'"seq":', b'"seq": 1', 1)
        file.write_bytes(b"".join(changed))
        status, said = verify(str(file), "--public-key", KEY)
        assert (status, "NOT as it was written" in said) == (1, True), number
        changed[number] = lines[number][:-9] + b"\n"
        file.write_bytes(b"".join(changed))
        status, said = verify(str(file))
        assert status == 1
        assert f"line {number + 1}: altered" in said or number == 0


def test_a_head_that_was_kept_shows_that_a_ledger_was_rewritten_even_with_the_key(tmp_path: Path) -> None:
    file, kept = tmp_path / "ledger.ndjson", tmp_path / "head.json"
    file.write_bytes(b"".join(ledger_file()))
    dossier = tmp_path / "dossier.json"
    dossier.write_text(canonical_json(dossier_of(ENTRIES)))
    kept.write_text(json.dumps(kept_head(head_of(ENTRIES[:4]))))
    assert verify(str(file), "--head", str(kept), "--public-key", KEY)[0] == 0
    assert verify(str(dossier), "--head", str(kept))[0] == 0
    for head, words in (
        (Head(4, bytes(31) + b"x"), f"entry 4 ({ENTRIES[3]['id']}): altered"),
        (Head(9, bytes(31) + b"x"), "ends before entry 9"),
    ):
        kept.write_text(json.dumps(kept_head(head)))
        status, said = verify(str(file), "--head", str(kept))
        assert (status, words in said) == (1, True), said
    kept.write_text(json.dumps(kept_head(head_of(ENTRIES)) | {"seq": 5}))
    status, said = verify(str(file), "--head", str(kept))
    assert (status, "the kept head: altered" in said) == (1, True), said
    kept.write_text(json.dumps(kept_head(head_of(ENTRIES)) | {"workspace_id": "wks_00000000000000000000000001"}))
    status, said = verify(str(dossier), "--head", str(kept))
    assert (status, "of another workspace" in said) == (1, True), said
    kept.write_text("{}")
    assert verify(str(file), "--head", str(kept))[0] == 1


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff\xfe", b'{"format":"tactful.ledger.1"}', b'{"format":"tactful.dossier.1"}']
)
def test_what_is_no_dossier_is_told_so_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    status, said = verify(str(file))
    assert (status, "NOT as it was written" in said, "Traceback" in said) == (1, True, False)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nowhere.json"],
        ["README.md", "--database"],
        ["README.md", "--public-key", "12"],
        ["--database", "--workspace", "wks_1"],
    ],
)
def test_wrong_arguments_end_with_2(arguments: list[str]) -> None:
    assert verify(*arguments)[0] == 2
