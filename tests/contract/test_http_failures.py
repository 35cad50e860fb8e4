"""Does the sender tell the truth about what left? Every failure on a real socket, the server's count beside the verdict."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.clock import Clock
from app.domain.delivery import MayHaveLeft, NeverLeft, Request, Response
from app.domain.retry_after import retry_after_seconds
from app.providers._http import HttpSender
from tests.contract.failing_server import FailingServer, failing_server, full_backlog, refused_url, reset, self_signed

_REPOSITORY = Path(__file__).resolve().parents[2]


def _post(url: str, request_id: str = "one") -> Request:
    return Request("POST", url, {"x-id": request_id, "content-type": "application/x-www-form-urlencoded"}, b"To=%2B14155550123")


@pytest.fixture
async def server() -> AsyncIterator[FailingServer]:
    async with failing_server() as running:
        yield running


@pytest.fixture
async def sender() -> AsyncIterator[HttpSender]:
    async with HttpSender(connect_timeout=0.4) as opened:
        yield opened


async def test_a_refused_connection_never_left(sender: HttpSender) -> None:
    assert isinstance(await sender.send(_post(refused_url()), timeout=2), NeverLeft)


async def test_a_name_nobody_knows_never_left(sender: HttpSender) -> None:
    assert isinstance(await sender.send(_post("http://provider.invalid/"), timeout=5), NeverLeft)


async def test_a_connection_nobody_takes_never_left(sender: HttpSender) -> None:
    with full_backlog() as url:
        assert isinstance(await sender.send(_post(url), timeout=5), NeverLeft)


async def test_a_certificate_nobody_vouches_for_never_left(sender: HttpSender, tmp_path: Path) -> None:
    async with failing_server(tls=self_signed(tmp_path, now=Clock().now())) as server:
        assert isinstance(await sender.send(_post(server.url + "/ok"), timeout=5), NeverLeft)
        assert server.received.total() == 0


@pytest.mark.parametrize("greets", [True, False], ids=["answers in plain text", "waits for plain text"])
async def test_plain_text_where_tls_is_expected_never_left(sender: HttpSender, greets: bool) -> None:
    heard = bytearray()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(4096))
        if greets:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        else:
            await reader.read()
        writer.close()

    listener = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    assert isinstance(await sender.send(_post(f"https://127.0.0.1:{port}/"), timeout=5), NeverLeft)
    assert b"14155550123" not in heard
    listener.close()


@pytest.mark.parametrize("url", ["htp:/nowhere", "not a url", "http://", "http://[::1", "ftp://127.0.0.1/"])
async def test_a_request_that_cannot_be_built_never_left(sender: HttpSender, url: str) -> None:
    assert isinstance(await sender.send(_post(url), timeout=2), NeverLeft)


async def test_a_header_that_cannot_be_written_never_left(sender: HttpSender, server: FailingServer) -> None:
    request = Request("POST", server.url + "/ok", {"x-id": "one", "authorization": "two\r\nlines"}, b"")
    assert isinstance(await sender.send(request, timeout=2), NeverLeft)
    assert server.received.total() == 0


@pytest.mark.parametrize("behaviour", [
    "reset", "close", "stall", "stall-in-body", "status-line-only", "half-headers", "headers-only", "half-body", "half-chunk",
    "no-last-chunk", "not-http", "flood",
])  # fmt: skip
async def test_a_request_the_server_read_may_have_left(sender: HttpSender, server: FailingServer, behaviour: str) -> None:
    assert isinstance(await sender.send(_post(f"{server.url}/{behaviour}"), timeout=1), MayHaveLeft)
    assert server.received["one"] == 1


@pytest.mark.parametrize("behaviour", ["reset", "close", "stall", "half-body", "not-http"])
async def test_a_request_on_a_reused_connection_may_have_left(sender: HttpSender, server: FailingServer, behaviour: str) -> None:
    url = f"{server.url}/second-{behaviour}"
    assert isinstance(await sender.send(_post(url, "first"), timeout=2), Response)
    assert isinstance(await sender.send(_post(url, "second"), timeout=1), MayHaveLeft)
    assert server.received == {"first": 1, "second": 1}


async def test_a_connection_the_server_closed_while_idle_is_not_written_into(sender: HttpSender, server: FailingServer) -> None:
    for turn in range(20):
        result = await sender.send(_post(server.url + "/second-idle", str(turn)), timeout=2)
        # The close can cross the next request on its way. Then nobody knows, and nobody may say so.
        assert not isinstance(result, NeverLeft)
        assert server.received[str(turn)] == 1 if isinstance(result, Response) else server.received[str(turn)] <= 1


async def test_connections_that_die_at_any_moment_never_double_a_request() -> None:
    """The client repeats by itself what its connection gave back unwritten; this counts that it never repeats more than that."""
    rng = random.Random(11)
    server = FailingServer()

    async def dies_soon(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fate = rng.random()
        if fate < 0.4:
            asyncio.get_running_loop().call_later(rng.random() * 0.002, writer.close)
        elif fate < 0.8:
            asyncio.get_running_loop().call_later(rng.random() * 0.002, reset, writer)
        await server.serve(reader, writer)

    listener = await asyncio.start_server(dies_soon, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/ok"
    verdicts: dict[str, type] = {}
    async with HttpSender() as sender:

        async def stream(lane: int) -> None:
            for turn in range(150):
                verdicts[f"{lane}-{turn}"] = type(await sender.send(_post(url, f"{lane}-{turn}"), timeout=5))

        await asyncio.gather(*(stream(lane) for lane in range(8)))
    listener.close()
    assert max(server.received.values()) == 1
    assert all(server.received[request_id] == 1 for request_id, verdict in verdicts.items() if verdict is Response)
    assert all(server.received[request_id] == 0 for request_id, verdict in verdicts.items() if verdict is NeverLeft)
    assert MayHaveLeft in verdicts.values(), "the race this test is about did not happen"


async def test_a_cancelled_send_is_cancelled_and_not_sent_again(sender: HttpSender, server: FailingServer) -> None:
    sending = asyncio.create_task(sender.send(_post(server.url + "/stall"), timeout=30))
    await server.wait_for("one")
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert isinstance(await sender.send(_post(server.url + "/ok", "two"), timeout=2), Response)
    assert server.received == {"one": 1, "two": 1}


async def test_closing_the_sender_leaves_what_is_under_way_in_doubt(server: FailingServer) -> None:
    sender = HttpSender()
    sending = asyncio.create_task(sender.send(_post(server.url + "/stall"), timeout=30))
    await server.wait_for("one")
    await sender.close()
    assert isinstance(await sending, MayHaveLeft)
    assert server.received["one"] == 1


@pytest.mark.parametrize(("behaviour", "status", "body"), [
    ("ok", 200, b"ok"), ("continue", 200, b"ok"), ("chunks", 200, b"hello world"), ("not-text", 200, b"ok"),
    ("repeated", 200, b"ok"), ("broken", 500, b"oops"), ("unavailable", 503, b"{}"), ("slow-down", 429, b"{}"),
    ("slow-down-silently", 429, b"{}"),
])  # fmt: skip
async def test_a_whole_answer_is_an_answer(
    sender: HttpSender, server: FailingServer, behaviour: str, status: int, body: bytes
) -> None:
    result = await sender.send(_post(f"{server.url}/{behaviour}"), timeout=2)
    assert isinstance(result, Response)
    assert (result.status, result.body) == (status, body)
    assert all(name == name.lower() for name in result.headers)
    assert server.received["one"] == 1


@pytest.mark.parametrize(("behaviour", "wait"), [("slow-down", 7.0), ("slow-down-silently", None), ("unavailable", 3.0)])
async def test_what_the_server_asks_to_wait_is_read(
    sender: HttpSender, server: FailingServer, behaviour: str, wait: float | None
) -> None:
    result = await sender.send(_post(f"{server.url}/{behaviour}"), timeout=2)
    assert isinstance(result, Response)
    assert retry_after_seconds(result.headers) == wait


@pytest.mark.parametrize("behaviour", ["redirect", "see-other"])
async def test_a_redirect_is_an_answer_and_is_not_followed(sender: HttpSender, server: FailingServer, behaviour: str) -> None:
    result = await sender.send(_post(f"{server.url}/{behaviour}"), timeout=2)
    assert isinstance(result, Response)
    assert result.status in {303, 307}
    assert server.received.total() == 1


async def test_an_answer_at_the_limit_is_read_and_one_over_it_is_not(server: FailingServer) -> None:
    async with HttpSender(largest_answer=11) as sender:
        assert isinstance(await sender.send(_post(server.url + "/chunks"), timeout=2), Response)
    async with HttpSender(largest_answer=10) as sender:
        assert isinstance(await sender.send(_post(server.url + "/chunks"), timeout=2), MayHaveLeft)


async def test_details_hold_neither_url_nor_number(sender: HttpSender, server: FailingServer) -> None:
    for url in (refused_url() + "/secret", server.url + "/reset", server.url + "/half-body", "htp:/secret"):
        result = await sender.send(_post(url), timeout=1)
        assert isinstance(result, NeverLeft | MayHaveLeft)
        assert result.detail
        assert not any(word in result.detail for word in ("secret", "127.0.0.1", "14155550123", "//"))


_ONE_SEND = """
import asyncio, sys
from app.domain.delivery import Request
from app.providers._http import HttpSender
async def main():
    async with HttpSender() as sender:
        print(await sender.send(Request("POST", sys.argv[1], {"x-id": "one"}, b""), timeout=5))
asyncio.run(main())
"""


async def _send_in_a_child(url: str, environment: dict[str, str]) -> bytes:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _ONE_SEND, url), cwd=_REPOSITORY, stdout=subprocess.PIPE, env={**os.environ, **environment}
    )
    return (await child.communicate())[0]


async def test_a_proxy_in_the_environment_does_not_reroute_messages(server: FailingServer) -> None:
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), refused_url())
    assert (await _send_in_a_child(server.url + "/ok", proxies)).startswith(b"Response(status=200")
    assert server.received["one"] == 1


async def test_a_machine_without_certificates_can_still_open_a_sender(server: FailingServer, tmp_path: Path) -> None:
    bare = {"SSL_CERT_FILE": str(tmp_path / "none.pem"), "SSL_CERT_DIR": str(tmp_path)}
    assert (await _send_in_a_child(server.url + "/ok", bare)).startswith(b"Response(status=200")
