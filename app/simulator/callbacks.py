"""How does the simulated carrier call back? Signed form posts, a bounded number at once, repeated as Twilio does."""

import asyncio
import base64
import hashlib
import hmac
from collections import Counter
from datetime import timedelta
from urllib.parse import parse_qsl, urldefrag, urlencode

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import RequestError

_AT_ONCE = 64
_TIMEOUT = timedelta(seconds=15)


def sign(url: str, fields: dict[str, str], token: str) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the URL (without its fragment) and the sorted fields."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def _retries(fragment: str) -> tuple[int, frozenset[str]]:
    """(how many, on what) of a connection override `#rc=5&rp=5xx,ct,rt`; one on connection failure when there is none."""
    wanted = dict(parse_qsl(fragment))
    return min(5, int(wanted.get("rc", "1"))), frozenset(wanted.get("rp", "ct").split(","))


class Callbacks:
    """Posts webhooks and counts how that went."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: Client | None = None
        self.counts: Counter[str] = Counter()

    @property
    def pending(self) -> int:
        """Webhooks still to be posted."""
        return len(self._tasks)

    def later(self, delay: float, url: str, fields: dict[str, str], token: str) -> None:
        """Post after so many seconds."""
        task = asyncio.create_task(self._after(delay, url, fields, token))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _after(self, delay: float, url: str, fields: dict[str, str], token: str) -> None:
        await asyncio.sleep(delay)
        await self.post(url, fields, token)

    async def post(self, url: str, fields: dict[str, str], token: str) -> None:
        """Post now, with the retries the URL's fragment asks for."""
        target, fragment = urldefrag(url)
        most, causes = _retries(fragment)
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "x-twilio-signature": sign(target, fields, token),
            "user-agent": "TwilioProxy/1.1",
        }
        body = urlencode(fields).encode()
        repeat_token = hashlib.sha256(target.encode() + body).hexdigest()[:32]
        for attempt in range(most + 1):
            if attempt:
                headers["i-twilio-idempotency-token"] = repeat_token
                await asyncio.sleep(0.1 * 2**attempt)
            cause = await self._once(target, headers, body)
            if cause is None:
                self.counts["answered"] += 1
                return
            self.counts[f"trouble_{cause}"] += 1
            if cause not in causes and "all" not in causes:
                break
        self.counts["given_up"] += 1

    async def _once(self, url: str, headers: dict[str, str], body: bytes) -> str | None:
        """None when answered 2xx, else the word for what went wrong."""
        if self._client is None:
            self._client = ClientBuilder().no_proxy().follow_redirects(False).build()  # noqa: FBT003
        async with self._slots:
            self.counts["posted"] += 1
            try:
                answer = await self._client.post(url).headers(headers).body_bytes(body).timeout(_TIMEOUT).build().send()
            except RequestError:
                return "ct"
        if answer.status >= 500:
            return "5xx"
        return "4xx" if answer.status >= 400 else None

    async def close(self) -> None:
        """Drop what is not posted yet."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
