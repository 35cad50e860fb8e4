"""What can go wrong on the provider's side of the wire? A loopback server that fails on order, and counts what it received."""

import asyncio
import ipaddress
import socket
import ssl
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Writer = asyncio.StreamWriter
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def reset(writer: Writer) -> None:
    """End the connection with RST instead of FIN."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _pieces(writer: Writer, *pieces: bytes) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()


async def _flood(writer: Writer) -> None:
    writer.write(_CHUNKED)
    while True:  # until the client hangs up
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


class FailingServer:
    """Behaves by the first part of the path it is asked for. `received` counts whole requests by their `x-id` header."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.url = ""
        self._closing = asyncio.Event()
        self._arrived = asyncio.Condition()
        self._open: set[Writer] = set()

    async def wait_for(self, request_id: str) -> None:
        """Return once a request of that id has been read whole."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self.received[request_id] > 0)

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """One connection. A path beginning with /second- answers its first request well."""
        served = 0
        self._open.add(writer)
        try:
            while True:
                path, request_id = await self._read(reader)
                self.received[request_id] += 1
                async with self._arrived:
                    self._arrived.notify_all()
                served += 1
                if path.startswith("/second-") and served == 1:
                    await _pieces(writer, OK)
                    if path == "/second-idle":
                        return
                    continue
                if await self._behave(path.removeprefix("/").removeprefix("second-").partition("/")[0], writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[str, str]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        await reader.readexactly(int(headers.get("content-length", "0")))
        return lines[0].split(" ")[1], headers.get("x-id", "")

    async def _behave(self, name: str, writer: Writer) -> bool:
        """Act; True when the connection ends now."""
        if name in WHOLE_ANSWERS:
            await _pieces(writer, WHOLE_ANSWERS[name])
            return False
        if name in BROKEN_ANSWERS:
            await _pieces(writer, BROKEN_ANSWERS[name])
            return True
        return await _DEEDS[name](self, writer)

    async def _stall(self, _: Writer) -> bool:
        await self._closing.wait()
        return True

    async def _stall_in_body(self, writer: Writer) -> bool:
        await _pieces(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
        return await self._stall(writer)

    async def _reset(self, writer: Writer) -> bool:
        reset(writer)
        return True

    async def _close(self, _: Writer) -> bool:
        return True

    async def _flood(self, writer: Writer) -> bool:
        await _flood(writer)
        return True

    async def _chunks(self, writer: Writer) -> bool:
        await _pieces(writer, _CHUNKED, b"5\r\nhello\r\n", b"6\r\n world\r\n", b"0\r\n\r\n")
        return False

    def stop(self) -> None:
        """Let stalled requests end, and hang up on everyone."""
        self._closing.set()
        for writer in self._open:
            writer.close()


_DEEDS: dict[str, Callable[[FailingServer, Writer], Awaitable[bool]]] = {
    "stall": FailingServer._stall,  # noqa: SLF001  # the server's own table of deeds
    "stall-in-body": FailingServer._stall_in_body,  # noqa: SLF001
    "reset": FailingServer._reset,  # noqa: SLF001
    "close": FailingServer._close,  # noqa: SLF001
    "flood": FailingServer._flood,  # noqa: SLF001
    "chunks": FailingServer._chunks,  # noqa: SLF001
}
WHOLE_ANSWERS: dict[str, bytes] = {
    "ok": OK,
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    "not-text": b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xfe\r\nContent-Length: 2\r\n\r\nok",
    "repeated": answer("200 OK", "Set-Cookie: a=1", "Set-Cookie: b=2", body=b"ok"),
    "redirect": answer("307 Temporary Redirect", "Location: /elsewhere"),
    "elsewhere": OK,
    "see-other": answer("303 See Other", "Location: /elsewhere"),
    "slow-down": answer("429 Too Many Requests", "Retry-After: 7", body=b"{}"),
    "slow-down-silently": answer("429 Too Many Requests", body=b"{}"),
    "unavailable": answer("503 Service Unavailable", "Retry-After: 3", body=b"{}"),
    "broken": answer("500 Internal Server Error", body=b"oops"),
}
BROKEN_ANSWERS: dict[str, bytes] = {
    "status-line-only": b"HTTP/1.1 200 OK\r\n",
    "half-headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "headers-only": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n",
    "half-body": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf",
    "half-chunk": _CHUNKED + b"5\r\nhello\r\n5\r\nwo",
    "no-last-chunk": _CHUNKED + b"5\r\nhello\r\n",
    "not-http": b"220 mail.example ESMTP\r\n\r\n",
}


@asynccontextmanager
async def failing_server(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[FailingServer]:
    """Listen on loopback; every connection is closed when the block ends."""
    server = FailingServer()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        await server.serve(reader, writer)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        server.stop()
        listener.close()
        await asyncio.gather(*connections, return_exceptions=True)


def refused_url() -> str:
    """A loopback URL nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def full_backlog() -> Iterator[str]:
    """A listening socket that takes no connection any more: a further one is neither accepted nor refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        queued = []
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
            queued.append(waiting)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for waiting in queued:
                waiting.close()


def self_signed(folder: Path, *, now: datetime) -> ssl.SSLContext:
    """A server's TLS context with a certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
