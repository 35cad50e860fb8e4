"""registry_rate: lines of a do-not-call list a second, bytes to committed, against COPY of the same rows into the same table."""

import time
from datetime import timedelta

from app.domain.registries import BY_NAME
from app.usecases.load_registry_file import LoadFile, load_registry_file, open_file
from bench.figure import interleaved, report
from bench.stand import Stand

_DNC = BY_NAME["us.national_dnc"]
_COLUMNS = ["workspace_id", "registry", "phone", "answer", "as_of", "recorded_at"]


def _phones(count: int) -> list[str]:
    return [f"{212 + n // 7_900_000}{200 + n // 10_000 % 790}{n % 10_000:04d}" for n in range(count)]


async def measure(stand: Stand, *, count: int, rounds: int) -> None:
    """Print registry_rate: a plain list of ten digits a line, every number new to the table, indexes and all."""
    context, workspace_id = stand.context, stand.workspace_id
    body = "\n".join(_phones(count)).encode()
    began_at = context.clock.now() - timedelta(days=1)

    async def loaded() -> float:
        await stand.sql("DELETE FROM registry_entry")
        await stand.sql("DELETE FROM registry_file")
        began = time.perf_counter()
        file = open_file(body, registry=_DNC, ndjson=False)
        command = LoadFile(
            workspace_id=workspace_id,
            registry=_DNC,
            file=file,
            as_of=began_at,
            adds=False,
            now=context.clock.now(),
            actor="bench",
        )
        async with context.db.transaction() as tx:
            done = await load_registry_file(tx, command)
        seconds = time.perf_counter() - began
        if done.taken != count:
            raise RuntimeError(f"{done.taken} of {count} lines")
        return count / seconds

    async def copied() -> float:
        await stand.sql("DELETE FROM registry_entry")
        rows = [(workspace_id, _DNC.name, f"+1{phone}", "listed", began_at, began_at) for phone in _phones(count)]
        began = time.perf_counter()
        async with context.db.transaction() as tx:
            await tx.driver.copy_records_to_table("registry_entry", columns=_COLUMNS, records=rows)
        return count / (time.perf_counter() - began)

    values, bounds = await interleaved(rounds, loaded, copied)
    report("registry_rate", values=values, bounds=bounds, unit="lines/s", bound_name="COPY into the same table", n=count)
