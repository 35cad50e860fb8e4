"""Where does a short link lead? Codes asked for at once share a transaction, which also writes the clicks down."""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network

from app.clock import new_ids
from app.domain.clicks import CROWD_SECONDS, CROWDS, HUMAN_BELOW, SOON_SECONDS, TOO_SOON, Fetched
from app.domain.links import is_code
from app.storage.clicks import follow_codes, forget_addresses, settle_clicks
from app.usecases.context import Context

_MOST_TOGETHER = 200
MOST_CLICKS = 100
"""Clicks kept of one message: its links lead on afterwards, and whoever hammers at them fills no table."""
_SETTLED_AFTER = timedelta(minutes=1)
_ADDRESS_KEPT = timedelta(minutes=10)
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Led:
    """Where a code leads: `target` None for one that has ended (`known`), or that is nobody's."""

    target: str | None
    known: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    code: str
    at: datetime
    fetched: Fetched
    address: int | None
    told: asyncio.Future[Led]


_NOBODYS = Led(None, known=False)


class LinkDesk:
    """Answers codes. While one group is looked up the next gathers: under load hundreds share a round trip and a commit.

    Whoever is answered has their click committed, so that an ending process loses none. A commit does not wait for the disk:
    a crash of the database itself may forget the last fraction of a second of clicks.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._waiting: list[_Asked] = []
        self._working: asyncio.Task[None] | None = None

    async def follow(self, code: str, fetched: Fetched, *, address: str) -> Led:
        """Where a code leads, its click written down. `address` is who asked, as text. Raises Unreachable."""
        if not is_code(code):
            return _NOBODYS
        told: asyncio.Future[Led] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(code, self.context.clock.now(), fetched, self._hashed(address), told))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await told

    def _hashed(self, address: str) -> int | None:
        """An address as a number that tells nobody whose it is: keyed, and with a new key each day."""
        if not address:
            return None
        day = self.context.clock.now().date().isoformat()
        digest = hmac.digest(self.context.reference_key, f"click {day} {address}".encode(), "sha256")
        return int.from_bytes(digest[:8], signed=True)

    async def _work(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            try:
                found = await self._look_up(asked)
            except Exception as error:  # noqa: BLE001  # each of those who wait gets it, and is answered 503
                for one in asked:
                    if not one.told.done():
                        one.told.set_exception(error)
                continue
            for one, led in zip(asked, found, strict=True):
                if not one.told.done():  # whoever waited may have gone
                    one.told.set_result(led)

    async def _look_up(self, asked: Sequence[_Asked]) -> list[Led]:
        ids = new_ids(len(asked))
        clicks = [
            (one.code, click_id, one.at, one.fetched.agent, one.fetched.score, one.address)
            for one, click_id in zip(asked, ids, strict=True)
        ]
        async with self.context.db.transaction() as tx:
            await tx.by_keys()
            await tx.commit_without_waiting()
            found = await follow_codes(
                tx,
                clicks=clicks,
                human_below=HUMAN_BELOW,
                soon_seconds=SOON_SECONDS,
                too_soon=TOO_SOON,
                most=MOST_CLICKS,
            )
        return [_led(found.get(place)) for place in range(len(asked))]


def _led(found: tuple[str | None, bool] | None) -> Led:
    if found is None:
        return _NOBODYS
    target, is_open = found
    return Led(target if is_open else None, known=True)


def address_of(peer: str, forwarded: str) -> str:
    """Who asked: the peer, or whom a proxy of ours (a peer inside) names last; "" where nobody can tell.

    What stands further left in X-Forwarded-For anybody may have written. It only ever feeds a score.
    """
    return _outside(peer) or _outside(forwarded.rpartition(",")[2].strip())


@lru_cache(maxsize=4_096)
def _outside(text: str) -> str:
    """A public address as it is compared, "" for anything else; of IPv6 the half that names a household or a machine."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if address.is_private or address.is_loopback or address.is_link_local:
        return ""
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


async def judge_clicks(context: Context) -> int:
    """Look again at clicks of a minute ago, now that the delivery and what came beside them is known; how many.

    The addresses they came from are forgotten ten minutes later.
    """
    now = context.clock.now()
    async with context.db.transaction() as tx:
        judged = await settle_clicks(
            tx,
            before=now - _SETTLED_AFTER,
            limit=_BATCH,
            human_below=HUMAN_BELOW,
            soon_seconds=SOON_SECONDS,
            too_soon=TOO_SOON,
            crowds=CROWDS,
            crowd_seconds=CROWD_SECONDS,
        )
        await forget_addresses(tx, before=now - _ADDRESS_KEPT)
    return judged
