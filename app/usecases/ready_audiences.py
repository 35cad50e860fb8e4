"""Can the database plan a question about everyone? After a large import it must first look at its tables again."""

from app.storage.database import Database
from app.storage.launching import refresh_statistics


async def ready_audiences(db: Database) -> None:
    """Refresh what the planner knows, where it is out of date. A transaction of its own, before the one that asks.

    Without it a question about an audience imported a moment ago can take minutes instead of seconds.
    """
    async with db.transaction() as tx:
        await refresh_statistics(tx)
