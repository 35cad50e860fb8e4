"""Who brings which authorization? Requests on a real socket: the account's token where none is given, their own where one is."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.domain.delivery import Response
from app.domain.message import Channel
from app.ports import Account
from app.providers._http import HttpSender
from app.providers._tokens import AccountSender
from app.providers.sinch import Sinch
from tests.contract import examples_of as examples


@asynccontextmanager
async def _carrier() -> AsyncIterator[tuple[str, list[tuple[str, str]]]]:
    """A server that gives tokens and takes everything, and what it heard: the path and the authorization of each request."""
    heard: list[tuple[str, str]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode():
            lines = head.split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            await reader.readexactly(int(headers.get("content-length", "0")))
            heard.append((lines[0].split(" ")[1], headers.get("authorization", "")))
            body = json.dumps({"access_token": f"t-{len(heard)}", "expires_in": 3600}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


async def test_a_request_with_an_authorization_of_its_own_needs_no_token_and_keeps_it() -> None:
    given = examples.read("sinch", "account")["credentials"]
    async with _carrier() as (url, heard), HttpSender() as http:
        provider, sender = Sinch(Account(given, url)), AccountSender(http, lambda: examples.NOW)
        for channel in (Channel.SMS, Channel.VOICE, Channel.RCS, Channel.RCS):
            sent = await sender.send(provider, provider.build_request(examples.message(channel)), account="one", timeout=5)
            assert isinstance(sent, Response)
    sms, voice, token, first, second = heard
    assert (sms[1], voice[1].partition(" ")[0]) == (f"Bearer {given['api_token']}", "application")
    assert (token[0], token[1].partition(" ")[0]) == ("/oauth2/token", "Basic")
    assert first[1] == second[1] == "Bearer t-3"
