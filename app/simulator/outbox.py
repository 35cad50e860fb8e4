"""When does a webhook go, and what if it fails? A heap of what is due, a fixed number of posters, and retries."""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError, RequestError
from pyreqwest.response import Response

from app.clock import new_id
from app.simulator.callbacks import Post

_FIRST_PAUSE = 0.2
_CONNECT = timedelta(seconds=5)
_IDLE = timedelta(seconds=4)
Make = Callable[[], Post | None]


@dataclass(slots=True)
class _Try:
    """A post under way: how often it was tried, and when to give up at the latest (loop time)."""

    post: Post
    token: str
    number: int = 0
    until: float = 0.0


class Outbox:
    """Posts webhooks. Each waiting one costs one heap entry, so a million may wait."""

    def __init__(self, *, in_flight: int, time_scale: float) -> None:
        self.counts: Counter[str] = Counter()
        self.time_scale = time_scale
        self._in_flight = in_flight
        self._due: list[tuple[float, int, Make | _Try]] = []
        self._order = itertools.count()
        self._ready: asyncio.Queue[Make | _Try] = asyncio.Queue()
        self._busy = 0
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_closing = False
        self._lives: set[asyncio.Task[None]] = set()
        self._client: Client | None = None

    @property
    def pending(self) -> int:
        """Webhooks still to be posted, those under way included."""
        return len(self._due) + self._ready.qsize() + self._busy + len(self._lives)

    async def open(self) -> None:
        """Start posting."""
        builder = ClientBuilder().no_proxy().http1_only().follow_redirects(enable=False)
        self._client = builder.connect_timeout(_CONNECT).pool_idle_timeout(_IDLE).build()
        self._tasks = [asyncio.create_task(self._watch()), *(asyncio.create_task(self._work()) for _ in range(self._in_flight))]

    async def close(self) -> None:
        """Stop; what is not posted yet never will be. What is cancelled may swallow that, so it is told besides."""
        self._is_closing = True
        ending = [*self._tasks, *self._lives]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def clear(self) -> None:
        """Forget what waits and what was counted."""
        self._due.clear()
        for life in self._lives:
            life.cancel()
        while not self._ready.empty():
            self._ready.get_nowait()
        self.counts.clear()

    def run(self, life: Coroutine[Any, Any, None]) -> None:
        """Let something happen that posts as it goes on; it counts as pending until it has ended."""
        task = asyncio.create_task(life)
        self._lives.add(task)
        task.add_done_callback(self._lives.discard)

    def later(self, delay: float, make: Make) -> None:
        """In `delay` seconds, post what `make` then gives (None: nothing)."""
        self._put(delay, make)

    async def now(self, post: Post) -> None:
        """Post at once and wait for the first try's end, at most as long as one try may take."""
        self._busy += 1
        try:
            await self._attempt(_Try(post, new_id().hex))
        finally:
            self._busy -= 1

    async def ask(self, post: Post) -> tuple[int, bytes]:
        """Post at once and read the answer: its status and body, 0 and nothing when none came. Tried again as any post."""
        self._busy += 1
        try:
            for number in range(post.retries + 1):
                if number:
                    await asyncio.sleep(_FIRST_PAUSE * 2**number * self.time_scale)
                self.counts["posted"] += 1
                try:
                    answer = await self._request(post, post.headers)
                    status, body = answer.status, bytes(await answer.bytes())
                except PyreqwestError:
                    status, body = 0, b""
                if self._is_closing:
                    raise asyncio.CancelledError
                if 0 < status < 500 or post.causes.isdisjoint({"all", "5xx" if status else "ct"}):
                    break
            self.counts["answered" if status in post.good else "given_up"] += 1
            return status, body
        finally:
            self._busy -= 1

    def _put(self, delay: float, item: Make | _Try) -> None:
        if delay <= 0:
            self._ready.put_nowait(item)
            return
        heapq.heappush(self._due, (asyncio.get_running_loop().time() + delay, next(self._order), item))
        if self._due[0][2] is item:
            self._changed.set()

    async def _watch(self) -> None:
        """Hand over what has come due, then sleep until the next is, or something earlier is put in."""
        loop = asyncio.get_running_loop()
        while not self._is_closing:
            while self._due and self._due[0][0] <= loop.time():
                self._ready.put_nowait(heapq.heappop(self._due)[2])
            self._changed.clear()
            wait = self._due[0][0] - loop.time() if self._due else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)

    async def _work(self) -> None:
        while not self._is_closing:
            item = await self._ready.get()
            self._busy += 1
            try:
                if isinstance(item, _Try):
                    await self._attempt(item)
                elif (post := item()) is not None:
                    await self._attempt(_Try(post, new_id().hex))
            finally:
                self._busy -= 1

    async def _attempt(self, trying: _Try) -> None:
        loop = asyncio.get_running_loop()
        trying.until = trying.until or loop.time() + trying.post.total
        cause = await self._post(trying)
        if cause is None:
            self.counts["answered"] += 1
            return
        self.counts[f"trouble_{cause}"] += 1
        pause = _FIRST_PAUSE * 2**trying.number * self.time_scale
        again = trying.number < trying.post.retries and loop.time() + pause < trying.until
        wide = "4xx" if cause == "429" else cause
        if again and not trying.post.causes.isdisjoint({cause, wide, "all"}):
            trying.number += 1
            self._put(max(pause, 0.001), trying)
        else:
            self.counts["given_up"] += 1

    async def _post(self, trying: _Try) -> str | None:
        """None when answered as it should be, else Twilio's word for the cause: ct, rt, 4xx or 5xx; 429 is told apart."""
        self.counts["posted"] += 1
        post = trying.post
        # Only repeats carry the token: by it a receiver knows them for repeats.
        is_told = trying.number and post.repeat_header
        headers = {**post.headers, post.repeat_header: trying.token} if is_told else post.headers
        if post.missing_at_first and not trying.number:
            headers = {name: value for name, value in headers.items() if name != post.missing_at_first}
        try:
            status = (await self._request(post, headers)).status
        except RequestError as error:
            causes = [cause["message"] for cause in (error.details["causes"] or [])]
            return "ct" if "client error (Connect)" in causes else "rt"
        except PyreqwestError:  # a URL that cannot be called
            return "ct"
        if status in post.good:
            return None
        return "429" if status == 429 else "5xx" if status >= 500 else "4xx"

    async def _request(self, post: Post, headers: Mapping[str, str]) -> Response:
        assert self._client is not None
        prepared = self._client.request(post.method, post.url).headers(headers).timeout(timedelta(seconds=post.timeout))
        return await (prepared.body_bytes(post.body) if post.body else prepared).build().send()
