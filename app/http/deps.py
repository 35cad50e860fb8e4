"""What may a route ask for, by name? The context, the caller with a scope, and the idempotency of its POST."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from app.domain.errors import Forbidden, InvalidField, Unauthenticated
from app.http.shapes import Text
from app.storage.database import Transaction
from app.usecases.authenticate import Caller, authenticate
from app.usecases.context import Context
from app.usecases.run_once import Once, run_once

_bearer = HTTPBearer(auto_error=False, description="An API key made with `python -m app key create`", scheme_name="ApiKey")


async def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(_context)]


def caller_with(scope: str) -> Any:
    """A dependency: the caller, who must hold `scope` (or `admin`); the document names it. Raises Unauthenticated, Forbidden."""
    bearer = Security(_bearer, scopes=[scope])

    async def find(context: ContextDep, given: Annotated[HTTPAuthorizationCredentials | None, bearer]) -> Caller:
        if given is None:
            raise Unauthenticated("send an API key: Authorization: Bearer tact_...", pointer="/headers/Authorization")
        caller = await authenticate(context.db, given.credentials, now=context.clock.now())
        if scope not in caller.scopes and "admin" not in caller.scopes:
            raise Forbidden(f"this key lacks the scope {scope}", pointer="/headers/Authorization")
        return caller

    return Depends(find)


Limit = Annotated[int, Query(ge=1, le=500, description="At most this many items")]
Cursor = Annotated[Text | None, Query(max_length=1000, description="`next_cursor` of the page before")]


class Posting:
    """One POST: does its work once under the caller's Idempotency-Key, and replays the answer to a repeat."""

    def __init__(self, context: Context, key: str | None, fingerprint: bytes) -> None:
        self._context = context
        self._key = key
        self._fingerprint = fingerprint

    @staticmethod
    def begins(request: Request) -> bytes:
        """What a fingerprint is made of before the body: SHA-256 of both tells whether two requests ask for the same."""
        return f"{request.method} {request.url.path}?{request.url.query}\n".encode()

    async def answer(
        self,
        caller: Caller,
        work: Callable[[Transaction], Awaitable[BaseModel | tuple[int, BaseModel]]],
        *,
        status: int = 201,
        shown_once: tuple[str, ...] = (),
    ) -> Response:
        """Run `work` in one transaction with the key; its model becomes the JSON answer.

        `work` may give a status of its own beside the model, when it depends on what was done. The fields named by `shown_once`
        are null in a replay: secrets are not kept with the answer.
        """

        def kept(body: bytes) -> bytes:
            return orjson.dumps({**orjson.loads(body), **dict.fromkeys(shown_once)}) if shown_once else body

        async def shaped(tx: Transaction) -> tuple[int, bytes]:
            done = await work(tx)
            shown, view = done if isinstance(done, tuple) else (status, done)
            return shown, view.model_dump_json().encode()

        once = Once(workspace_id=caller.workspace_id, key=self._key, fingerprint=self._fingerprint)
        answer = await run_once(self._context.db, once, now=self._context.clock.now(), work=shaped, kept=kept)
        headers = {"Idempotency-Replayed": "true"} if answer.replayed else None
        return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)


async def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Makes the request safe to repeat: the same key and body get the first answer",
            max_length=200,
        ),
    ] = None,
) -> str | None:
    if idempotency_key is not None and (not idempotency_key.strip() or not idempotency_key.isprintable()):
        raise InvalidField("must be 1 to 200 printable characters", pointer="/headers/Idempotency-Key")
    return idempotency_key


IdempotencyKeyDep = Annotated[str | None, Depends(_key)]
"""The key alone, for a route that reads its body itself."""


async def _posting(request: Request, context: ContextDep, key: IdempotencyKeyDep) -> Posting:
    return Posting(context, key, hashlib.sha256(Posting.begins(request) + await request.body()).digest())


PostingDep = Annotated[Posting, Depends(_posting)]
