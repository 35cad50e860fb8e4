"""Did the request reach the provider? The one place that speaks HTTP for all of them, and tells never left from may have left.

pyreqwest reports a connection that died after the provider had read the request with the same exception class as one that was
refused. Only its chain of causes tells them apart: `client error (Connect)` stands for name resolution, TCP and TLS, before any
byte of the request is written. Nothing else is taken for proof, so an unknown failure is never repeated.

Silent repeats: the client underneath repeats a request on its own only when its connection task handed it back unwritten, or for
HTTP/2 refusals. HTTP/1 alone is spoken here, redirects are off, and tests/contract/test_http_failures.py counts what arrives.
"""

from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import certifi
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, DetailedPyreqwestError, PyreqwestError
from pyreqwest.http import HeaderMap

from app.domain.delivery import MayHaveLeft, NeverLeft, Request, Response

_BEFORE_THE_REQUEST = "client error (Connect)"
_LARGEST_ANSWER = 1_000_000
# Servers commonly drop a quiet connection after five seconds or more. A request written into a connection that is just being
# dropped cannot be told from one that was read, so ours are dropped first.
_IDLE_SECONDS = 4.0
_CONNECT_SECONDS = 4.0
_MOST_IDLE = 1024


class HttpSender:
    """Sends requests over one connection pool per host. Open it with `async with`, or call `close` at the end.

    `connect_timeout` covers name, TCP and TLS, in seconds; keep it below the hand-over's own time-out, or a provider that cannot
    be reached is reported as one that may have read the request. Answers over `largest_answer` bytes are not read further.
    """

    def __init__(
        self,
        *,
        connect_timeout: float = _CONNECT_SECONDS,
        idle_timeout: float = _IDLE_SECONDS,
        largest_answer: int = _LARGEST_ANSWER,
    ) -> None:
        self._largest_answer = largest_answer
        self._client = _open_client(timedelta(seconds=connect_timeout), timedelta(seconds=idle_timeout))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Send no more. A request still under way ends as MayHaveLeft; quiet connections end within their idle time."""
        await self._client.close()

    async def send(
        self,
        request: Request,
        *,
        timeout: float,  # noqa: ASYNC109  # the client's own time-out also ends the connection
    ) -> Response | NeverLeft | MayHaveLeft:
        """One try, no redirects, the whole answer within `timeout` seconds. Never raises but for CancelledError.

        A cancelled send counts as MayHaveLeft: whoever cancels must record it so. Details never hold the URL, a number or a text.
        """
        try:
            prepared = (
                self._client.request(request.method, request.url)
                .headers(request.headers)
                .body_bytes(request.body)
                .timeout(timedelta(seconds=timeout))
                .build_streamed()
            )
        except (PyreqwestError, ValueError):
            return NeverLeft("the request could not be built")
        try:
            async with prepared as answer:
                body = await answer.body_reader.read(self._largest_answer + 1)
                status, headers = answer.status, _readable(answer.headers)
        except PyreqwestError as error:
            return _classify(error)
        if body is None:
            return Response(status, headers, b"")
        if len(body) > self._largest_answer:
            return MayHaveLeft(f"the answer is over {self._largest_answer} bytes")
        return Response(status, headers, body.to_bytes())


def _builder(connect_timeout: timedelta, idle_timeout: timedelta) -> ClientBuilder:
    # no_proxy: the environment must not reroute messages, and a proxy's own failures would pass for the provider's.
    # Compression is off: a small answer must not grow without limit.
    return (
        ClientBuilder()
        .user_agent("tactful")
        .no_proxy()
        .http1_only()
        .follow_redirects(enable=False)
        .referer(enable=False)
        .gzip(enable=False)
        .brotli(enable=False)
        .zstd(enable=False)
        .deflate(enable=False)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(idle_timeout)
        .pool_max_idle_per_host(_MOST_IDLE)
    )


def _open_client(connect_timeout: timedelta, idle_timeout: timedelta) -> Client:
    try:
        return _builder(connect_timeout, idle_timeout).build()
    except BuilderError:  # a machine without certificates of its own, such as a bare container: use the bundled ones
        bundle = Path(certifi.where()).read_bytes()
        return _builder(connect_timeout, idle_timeout).add_root_certificate_pem(bundle).build()


def _readable(headers: HeaderMap) -> dict[str, str]:
    """Lower-case names, of repeated ones one value. A value that is not text is left out: no reason to lose the answer."""
    try:
        return dict(headers)
    except ValueError:
        found = {}
        for name in headers:
            try:
                found[name] = headers[name]
            except ValueError:
                continue
        return found


def _classify(error: PyreqwestError) -> NeverLeft | MayHaveLeft:
    causes = [cause["message"] for cause in (error.details["causes"] or [])] if isinstance(error, DetailedPyreqwestError) else []
    words = ": ".join(causes[1:]) or error.message  # the first cause repeats the URL
    if isinstance(error, BuilderError) or _BEFORE_THE_REQUEST in causes:
        return NeverLeft(words)
    return MayHaveLeft(f"{type(error).__name__}: {words}")
