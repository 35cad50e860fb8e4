"""How large may a request be? Refused before it is read when it says so, cut off while it is read when it does not."""

from contextlib import suppress
from fnmatch import fnmatchcase

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import TooLarge
from app.http.problems import of_error


class _OverLimit(Exception):
    """The body went past its limit while being read."""


def _refusal(limit: int) -> Response:
    return of_error(TooLarge(f"the body is over {limit} bytes", pointer="/body"))


class BodyLimit:
    """ASGI middleware: `limit` bytes for every path but those of a pattern in `larger`, which have their own.

    Endpoints whose paths begin with one of `self_limited` see to it themselves.
    """

    def __init__(self, app: ASGIApp, *, limit: int, larger: dict[str, int], self_limited: tuple[str, ...] = ()) -> None:
        self._app = app
        self._limit = limit
        self._larger = larger
        self._self_limited = self_limited

    def _limit_of(self, path: str) -> int:
        return next((limit for pattern, limit in self._larger.items() if fnmatchcase(path, pattern)), self._limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http" or scope["path"].startswith(self._self_limited):
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > limit:
            await _refusal(limit)(scope, receive, send)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    raise _OverLimit
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if seen > limit and not started:
                return  # FastAPI takes _OverLimit for an unreadable body and would answer 400
            started = True
            await send(message)

        with suppress(_OverLimit):
            await self._app(scope, counted, watched)
        if seen > limit and not started:
            await _refusal(limit)(scope, receive, send)
