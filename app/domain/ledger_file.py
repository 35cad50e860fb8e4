"""What is a whole ledger as a file, and a head that was kept? A line with the signed head, which vouches for all lines after it.

The first line is a JSON object: `format` "tactful.ledger.1", `workspace`, `head` (`seq`, `hash`), `signed_at` and `signature`, as
a dossier has it, over the head (see app/domain/ledger.py). Each line after it is an entry as canonical JSON, in its order.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.dossier import Unreadable, check_signature, signature_of
from app.domain.ledger import START, Head, canonical_json, head_bytes, instant_text
from app.domain.ledger_check import Finding, LedgerCheck, Verify

FORMAT = "tactful.ledger.1"


def header_line(*, workspace: str, head: Head, signed_at: datetime, public_key: bytes, signature: bytes) -> bytes:
    """The first line. `signature` is over `head_bytes`."""
    header = {
        "format": FORMAT,
        "workspace": workspace,
        "head": {"seq": head.seq, "hash": head.hash.hex()},
        "signed_at": instant_text(signed_at),
        "signature": signature_of(public_key, signature),
    }
    return canonical_json(header).encode() + b"\n"


def entry_line(entry: Mapping[str, Any]) -> bytes:
    """The line of an entry."""
    return canonical_json(entry).encode() + b"\n"


class LedgerFileCheck:
    """Follows a file: made of its first line, given every entry, asked for the end. Raises Unreadable when that is no header."""

    def __init__(self, header: Mapping[str, Any], *, verify: Verify, trusted: bytes | None = None, kept: Head = START) -> None:
        self._head, workspace, signed_at = _read(header)
        message = head_bytes(workspace=workspace, head=self._head, signed_at=signed_at)
        self.workspace = workspace
        self.entries = 0
        self._check = LedgerCheck(workspace, kept=kept)
        self.found: list[Finding] = check_signature(header["signature"], message, verify, trusted, over="head")

    def add(self, entry: Mapping[str, Any]) -> None:
        """Follow one more entry."""
        self.entries += 1
        self.found += self._check.add(entry)

    def end(self) -> list[Finding]:
        """Everything that is wrong with the file."""
        return self.found + self._check.end(self._head)


def _read(header: Mapping[str, Any]) -> tuple[Head, str, datetime]:
    if header.get("format") != FORMAT or header.keys() != {"format", "workspace", "head", "signed_at", "signature"}:
        raise Unreadable(f"not a ledger of this format ({FORMAT})")
    try:
        head = Head(int(header["head"]["seq"]), bytes.fromhex(header["head"]["hash"]))
        signed_at = datetime.fromisoformat(header["signed_at"])
        exact = instant_text(signed_at) == header["signed_at"] and head.hash.hex() == header["head"]["hash"]
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable("the first line is not shaped as it should be") from error
    if not exact or type(header["head"]["seq"]) is not int or header["head"].keys() != {"seq", "hash"}:
        raise Unreadable("the first line is not shaped as it should be")
    signature = header["signature"]
    if not isinstance(signature, dict) or not isinstance(header["workspace"], str):
        raise Unreadable("the first line is not shaped as it should be")
    return head, header["workspace"], signed_at


def read_kept(file: Mapping[str, Any], *, verify: Verify, trusted: bytes | None = None) -> tuple[str, Head, list[Finding]]:
    """Workspace and head of an answer of `GET /v1/ledger/head` that was kept, and what is wrong with it. Raises Unreadable."""
    try:
        workspace, head = str(file["workspace_id"]), Head(int(file["seq"]), bytes.fromhex(file["hash"]))
        signed_at = datetime.fromisoformat(file["signed_at"])
        told = {**{name: file[name] for name in ("algorithm", "key_id", "public_key")}, "value": file["signature"]}
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable("not a head as the API gives it") from error
    message = head_bytes(workspace=workspace, head=head, signed_at=signed_at)
    return workspace, head, check_signature(told, message, verify, trusted, over="the kept head")
