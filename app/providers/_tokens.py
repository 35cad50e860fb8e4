"""Who holds the tokens that run out? One for each account, fetched by one while others wait, and anew once when it is refused."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.domain.delivery import MayHaveLeft, NeverLeft, Request, Response, Token
from app.ports import Authorises
from app.providers._http import HttpSender

_EARLY = timedelta(seconds=60)  # a token about to run out is not begun with


@dataclass(slots=True)
class _Held:
    """The token of one account, and the lock of who fetches it."""

    token: Token | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class AccountSender:
    """Sends requests of provider accounts, with the token those of an `Authorises` need. `now` tells the instant."""

    def __init__(self, http: HttpSender, now: Callable[[], datetime]) -> None:
        self._http = http
        self._now = now
        self._held: dict[object, _Held] = {}
        self._needing: dict[type, bool] = {}

    async def send(
        self,
        provider: Any,
        request: Request,
        *,
        account: object,
        timeout: float,  # noqa: ASYNC109  # see HttpSender.send
    ) -> Response | NeverLeft | MayHaveLeft:
        """One try, as HttpSender.send; a 401 fetches the token anew and tries once more, for a refused request did nothing.

        `account` tells accounts apart. Without a token nothing is sent: NeverLeft. A request that brings an authorization of its
        own goes as it is: some of a provider's APIs want the token, others a signature.
        """
        if not self._needs_token(provider) or "authorization" in request.headers:
            return await self._http.send(request, timeout=timeout)
        held = self._held.setdefault(account, _Held())
        token = await self._token(provider, held, timeout, refused=None)
        if token is None:
            return NeverLeft("no token could be had")
        answer = await self._http.send(_with(request, token), timeout=timeout)
        if not isinstance(answer, Response) or answer.status != 401:
            return answer
        renewed = await self._token(provider, held, timeout, refused=token)
        return answer if renewed is None else await self._http.send(_with(request, renewed), timeout=timeout)

    def _needs_token(self, provider: object) -> bool:
        """Whether it is an `Authorises`: asked for every request, and slow to find out."""
        kind = type(provider)
        found = self._needing.get(kind)
        if found is None:
            found = self._needing[kind] = isinstance(provider, Authorises)
        return found

    async def _token(self, provider: Authorises, held: _Held, seconds: float, *, refused: Token | None) -> Token | None:
        if held.token is not None and held.token is not refused and held.token.expires_at - _EARLY > self._now():
            return held.token
        async with held.lock:
            if held.token is not None and held.token is not refused and held.token.expires_at - _EARLY > self._now():
                return held.token  # another got it while this one waited
            asked = provider.token_request(self._now())
            if isinstance(asked, Request):
                answer = await self._http.send(asked, timeout=seconds)
                held.token = provider.read_token(answer, self._now()) if isinstance(answer, Response) else None
            else:
                held.token = asked
            return held.token


def _with(request: Request, token: Token) -> Request:
    return Request(request.method, request.url, {**request.headers, "authorization": f"Bearer {token.value}"}, request.body)
