"""How many senders and accounts does a carrier fail just now? Asked when somebody looks at the figures."""

import asyncio

from app.domain.errors import Unavailable
from app.storage.breakers import count_open
from app.usecases.context import Context

_PATIENCE = 2.0  # seconds: whoever scrapes wants the rest of the figures all the same


async def count_breakers(context: Context) -> None:
    """Set the gauge to what the database has; without the database it keeps what it had."""
    try:
        async with asyncio.timeout(_PATIENCE), context.db.transaction() as tx:
            senders, accounts = await count_open(tx)
    except (Unavailable, TimeoutError):
        return
    context.metrics.breakers_open.labels(what="sender").set(senders)
    context.metrics.breakers_open.labels(what="account").set(accounts)
