"""What is the cheapest carrier? A protocol that reads a POST and answers 201 with a sid; both sides are timed against it."""

import asyncio
import sys

import httptools
import uvloop


class Sink(asyncio.Protocol):
    """Counts complete requests and answers each at once, pipelined or not, on a kept-alive connection."""

    received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """A request is whole: count it and answer."""
        Sink.received += 1
        body = b'{"sid":"SM%032x","status":"queued","num_segments":"1"}' % Sink.received
        self._transport.write(  # type: ignore[attr-defined]  # a TCP transport writes
            b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port, backlog=4096)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
