"""What may a key do about its own workspace? Read it, rename it, set its policy; make, list and revoke keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import ApiKeyId, WorkspaceId
from app.http.policy_shapes import POLICY, PolicyPatch, PolicyView, policy_view
from app.http.problems import documented
from app.http.shapes import IfGiven, Instant, Name, Page, Shape, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.api_keys import NewKey, create_key, list_keys, revoke_key
from app.usecases.authenticate import SCOPES, Caller
from app.usecases.workspaces import change_workspace, read_workspace

router = APIRouter()

_WORKSPACE: dict[str, Any] = {
    "id": "wks_01jdd00000e008000000000001",
    "name": "Acme Shoes",
    "policy": POLICY,
    "created_at": "2026-11-23T10:00:00Z",
    "updated_at": "2026-11-23T10:00:00Z",
}
_KEY: dict[str, Any] = {
    "id": "key_01jdd00000e008000000000001",
    "name": "checkout service",
    "hint": "x4Qz",
    "scopes": ["messages:write"],
    "created_at": "2026-11-23T10:00:00Z",
    "expires_at": "2027-11-23T00:00:00Z",
    "revoked_at": None,
    "last_used_at": None,
}


class WorkspacePatch(Shape):
    """What to change. Fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Acme Shoes", "policy": POLICY}]})

    name: IfGiven[Name] = None
    policy: IfGiven[PolicyPatch] = None


class WorkspaceView(View):
    """One customer of the service."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WORKSPACE]})

    id: WorkspaceId
    name: str
    policy: PolicyView
    created_at: Instant
    updated_at: Instant


def _workspace_view(row: Row) -> WorkspaceView:
    return WorkspaceView(
        id=row["id"],
        name=row["name"],
        policy=policy_view(row["policy"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


@router.get("/workspace", tags=["workspace"], summary="Get the workspace", responses=documented())
async def get(context: ContextDep, caller: Annotated[Caller, caller_with("admin")]) -> WorkspaceView:
    """The workspace of the calling key, with its policy."""
    return _workspace_view(await read_workspace(context, workspace_id=caller.workspace_id))


@router.patch("/workspace", tags=["workspace"], summary="Change the workspace", responses=documented())
async def patch(body: WorkspacePatch, context: ContextDep, caller: Annotated[Caller, caller_with("admin")]) -> WorkspaceView:
    """Changes the name or the policy. A policy holds from the next hand-over on, for messages that wait already too.

    It may only tighten what the chosen profile asks. A market whose rules are not checked is off until it is named in `markets`.
    """
    policy = body.policy.stored() if body.policy else {}
    row = await change_workspace(
        context, workspace_id=caller.workspace_id, name=body.name, policy=policy, now=context.clock.now()
    )
    return _workspace_view(row)


def _known_scope(scope: str) -> str:
    if scope not in SCOPES:
        raise ValueError("unknown scope")
    return scope


Scope = Annotated[str, AfterValidator(_known_scope), WithJsonSchema({"type": "string", "enum": list(SCOPES)})]


class ApiKeyIn(Shape):
    """A key to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "checkout service", "scopes": ["messages:write"], "expires_at": "2027-11-23T00:00:00Z"}]
        }
    )

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))]
    expires_at: Instant | None = Field(default=None, description="When it stops working; null: never")


class ApiKeyView(View):
    """A key, without its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY]})

    id: ApiKeyId
    name: str
    hint: str = Field(description="The last four characters of the secret", examples=["x4Qz"])
    scopes: list[str]
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None
    last_used_at: Instant | None = Field(description="To the minute")


class ApiKeyMade(ApiKeyView):
    """A key at its making."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_KEY, "secret": "tact_" + "A" * 43}]})

    secret: str | None = Field(
        description="Send it as `Authorization: Bearer ...`. Shown this once and not kept: an idempotent repeat answers null",
        examples=["tact_" + "A" * 43],
    )


def _key_view(row: Row) -> ApiKeyView:
    return ApiKeyView(**row)


def _made_view(key: NewKey) -> ApiKeyMade:
    return ApiKeyMade(
        id=key.id,
        name=key.name,
        hint=key.hint,
        scopes=list(key.scopes),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=None,
        last_used_at=None,
        secret=key.secret,
    )


@router.post(
    "/api-keys",
    status_code=201,
    tags=["workspace"],
    summary="Make an API key",
    response_model=ApiKeyMade,
    responses=documented(409),
)
async def make_key(
    body: ApiKeyIn, caller: Annotated[Caller, caller_with("admin")], posting: PostingDep, context: ContextDep
) -> Response:
    """Makes a key of this workspace. The secret is in this answer and nowhere else: only its SHA-256 is kept.

    A repeat under the same Idempotency-Key gives the same key without its secret; revoke it and make another if it was lost.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> ApiKeyMade:
        return _made_view(
            await create_key(
                tx,
                workspace_id=caller.workspace_id,
                name=body.name,
                scopes=body.scopes,
                expires_at=body.expires_at,
                now=now,
            )
        )

    return await posting.answer(caller, work, shown_once=("secret",))


@router.get("/api-keys", tags=["workspace"], summary="List API keys", responses=documented())
async def list_(
    context: ContextDep, caller: Annotated[Caller, caller_with("admin")], limit: Limit = 50, cursor: Cursor = None
) -> Page[ApiKeyView]:
    """Newest first, the revoked and expired ones too."""
    filters: dict[str, Any] = {"list": "api_keys"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_keys(context.db, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(list(rows), limit=limit, shape=_key_view, key=lambda row: str(row["id"]), filters=filters))


@router.delete("/api-keys/{key_id}", status_code=204, tags=["workspace"], summary="Revoke an API key", responses=documented(404))
async def revoke(key_id: ApiKeyId, context: ContextDep, caller: Annotated[Caller, caller_with("admin")]) -> None:
    """Ends a key at once. Revoking it again changes nothing."""
    await revoke_key(context.db, key_id=key_id, now=context.clock.now(), workspace_id=caller.workspace_id)
