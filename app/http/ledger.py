"""How does anyone outside check the consent ledger? Its signed head, the heads published before, the keys, and dossiers."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from app.domain.errors import InvalidField
from app.http.deps import ContextDep, Cursor, Limit, caller_with
from app.http.ids import ContactId, WorkspaceId
from app.http.phones import read_queried_phone
from app.http.problems import documented
from app.http.shapes import Instant, Page, View, page_of, read_cursor
from app.usecases import ledger
from app.usecases.authenticate import Caller
from app.usecases.dossiers import make_dossier, phone_of_contact

router = APIRouter(tags=["ledger"])
ReaderDep = Annotated[Caller, caller_with("consents:read")]
DossierDep = Annotated[Caller, caller_with("dossiers:read")]
_HASH = "3f0c8d5b9a0e4f1c7d2a6b8e5c4f3a2b1d0e9f8c7b6a5d4e3f2c1b0a9d8e7f6c"
_HEAD: dict[str, Any] = {
    "workspace_id": "wks_01jdd00000e008000000000001",
    "seq": 48210,
    "hash": _HASH,
    "signed_at": "2026-11-24T03:30:00Z",
    "algorithm": "Ed25519",
    "key_id": "0b1c2d3e4f5a6b7c",
    "public_key": _HASH,
    "signature": _HASH + _HASH,
}
_KEY: dict[str, Any] = {
    "key_id": "0b1c2d3e4f5a6b7c",
    "algorithm": "Ed25519",
    "public_key": _HASH,
    "current": True,
    "first_signed_at": "2026-11-01T00:00:00Z",
    "last_signed_at": "2026-11-24T03:30:00Z",
}
_DOSSIER: dict[str, Any] = {
    "format": "tactful.dossier.1",
    "manifest": {
        "workspace": "wks_01jdd00000e008000000000001",
        "phone": "+12125550142",
        "cut_at": "2026-11-24T03:30:00.000000Z",
        "head": {"seq": 48210, "hash": _HASH},
        "digests": {"number": [], "events": [_HASH], "consents": [], "suppressions": [], "messages": [], "replies": []},
    },
    "number": [],
    "events": [{"id": "cev_01jdd00000e008000000000001", "seq": 17, "kind": "given", "evidence": {"wording": "Text me offers"}}],
    "consents": [],
    "suppressions": [],
    "messages": [],
    "replies": [],
    "signature": {"algorithm": "Ed25519", "key_id": "0b1c2d3e4f5a6b7c", "public_key": _HASH, "value": _HASH + _HASH},
}


class HeadView(View):
    """Where a ledger ended when this was signed. Whoever keeps it can tell later whether anything before was changed.

    The signature is over "tactful ledger head 1" and a line feed, then workspace id, seq, hash and instant as netstrings, the
    instant as 2026-11-23T17:00:00.000000Z.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_HEAD]})

    workspace_id: WorkspaceId
    seq: int = Field(description="The place of the last entry; 0 when there is none")
    hash: str = Field(description="That entry's hash, hex", examples=[_HASH])
    signed_at: Instant
    algorithm: str = "Ed25519"
    key_id: str = Field(description="First 8 bytes of the SHA-256 of the public key, hex")
    public_key: str = Field(description="hex")
    signature: str = Field(description="hex")


class KeyView(View):
    """A key that signs or signed."""

    key_id: str
    algorithm: str = "Ed25519"
    public_key: str = Field(description="hex")
    current: bool = Field(description="It signs now")
    first_signed_at: Instant | None = Field(description="The first head published with it; null when none was")
    last_signed_at: Instant | None


class KeysView(View):
    """Every key that may stand under this workspace's heads and dossiers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"keys": [_KEY]}]})

    keys: list[KeyView]


def _head_view(head: ledger.SignedHead) -> HeadView:
    return HeadView(
        workspace_id=head.workspace_id,
        seq=head.seq,
        hash=head.hash.hex(),
        signed_at=head.signed_at,
        key_id=head.key_id,
        public_key=head.public_key.hex(),
        signature=head.signature.hex(),
    )


@router.get("/ledger/head", summary="Where does the ledger end?", responses=documented())
async def head(context: ContextDep, caller: ReaderDep) -> HeadView:
    """The last entry's place and hash, signed at this instant. Keep it elsewhere: it holds us to everything before it."""
    return _head_view(await ledger.read_signed_head(context, workspace_id=caller.workspace_id, now=context.clock.now()))


@router.get("/ledger/signatures", summary="List the heads that were published", responses=documented())
async def signatures(context: ContextDep, caller: ReaderDep, limit: Limit = 50, cursor: Cursor = None) -> Page[HeadView]:
    """Newest first. Some minutes after a ledger has grown its head is signed and kept here for good."""
    filters = {"list": "signatures"}
    before = _place(read_cursor(cursor, filters=filters))
    rows = await ledger.read_signatures(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(rows, limit=limit, shape=_head_view, key=lambda row: f"{row.seq}/{row.key_id}", filters=filters))


def _place(after: str | None) -> tuple[int, str] | None:
    if after is None:
        return None
    seq, _, key_id = after.partition("/")
    if not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        raise InvalidField("the cursor is not one of ours", pointer="/query/cursor", code="bad_cursor")
    return int(seq), key_id


@router.get("/ledger/keys", summary="Which keys sign?", responses=documented())
async def keys(context: ContextDep, caller: ReaderDep) -> KeysView:
    """The public halves. Compare a dossier's key with one of these, and better with one you wrote down before."""
    rows = await ledger.read_keys(context, workspace_id=caller.workspace_id)
    return KeysView(keys=[KeyView(**{**row, "public_key": row["public_key"].hex()}) for row in rows])


_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The dossier: one canonical JSON object, the same bytes for the same content and instant",
        "content": {"application/json": {"schema": {"type": "object", "title": "Dossier"}, "example": _DOSSIER}},
    }
}


async def _dossier(context: ContextDep, caller: Caller, phone: str) -> Response:
    file = await make_dossier(context.db, context.signer, workspace_id=caller.workspace_id, phone=phone, now=context.clock.now())
    disposition = 'attachment; filename="dossier.json"'
    return Response(file, media_type="application/json", headers={"Content-Disposition": disposition})


@router.get("/dossiers", summary="Export a number's dossier", responses={**_FILE, **documented()}, response_class=Response)
async def dossier(
    context: ContextDep,
    caller: DossierDep,
    phone: Annotated[str, Query(max_length=64, description="E.164", examples=["+12125550142"])],
) -> Response:
    """Everything known of a number, contact or not, as one signed file that can be checked without us.

    Every consent event with the wording shown, form version, source, IP, actor and hashes; consents, suppressions and tenure as
    they stand; every message with its decision, attempts and receipts; every reply. `python -m app ledger verify FILE` checks it
    offline and names whatever was altered, taken out, moved or slipped in. Beyond 20,000 items it is 413; `ledger export` has no
    such bound.
    """
    return await _dossier(context, caller, read_queried_phone(phone))


@router.get(
    "/contacts/{contact_id}/dossier",
    summary="Export a contact's dossier",
    responses={**_FILE, **documented(404)},
    response_class=Response,
)
async def contact_dossier(contact_id: ContactId, context: ContextDep, caller: DossierDep) -> Response:
    """The dossier of the contact's number."""
    phone = await phone_of_contact(context.db, workspace_id=caller.workspace_id, contact_id=contact_id)
    return await _dossier(context, caller, phone)
