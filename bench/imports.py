"""import_rate: CSV rows from upload to committed contacts a second, against the phone library's own parsing of the same rows."""

import time
from uuid import UUID

import phonenumbers

from app.usecases.intake_file import Intake
from app.usecases.run_import import run_import
from app.usecases.start_import import StartImport, start_import
from bench.figure import interleaved, report
from bench.stand import Stand

_AREAS = (206, 212, 303, 305, 312, 415, 602, 713)


def _phones(count: int, *, first: int) -> list[str]:
    numbers = range(first, first + count)
    return [f"({_AREAS[n % 8]}) {200 + n // 80_000}-{n // 8 % 10_000:04d}" for n in numbers]


async def _state(stand: Stand, import_id: UUID) -> object:
    return await stand.value("SELECT state FROM import_job WHERE id = $1", import_id)


async def measure(stand: Stand, *, count: int, rounds: int) -> None:
    """Print import_rate: every row is new, with five columns. Parsing binds: COPY alone is several times faster."""
    context, done = stand.context, 0

    async def imported() -> float:
        nonlocal done
        rows = [f"{phone},Ana,Oakland,{n % 50},vip;spring" for n, phone in enumerate(_phones(count, first=done))]
        body = "\n".join(["phone,first_name,city,visits:number,tags", *rows]).encode()
        done += count
        began = time.perf_counter()
        with Intake.of(body) as intake:
            command = StartImport(
                workspace_id=stand.workspace_id,
                file=intake.open(format="csv").mapped(),
                default_region="US",
                provenance="bench",
                tags=(),
                dry_run=False,
                now=context.clock.now(),
            )
            async with context.db.transaction() as tx:
                job = await start_import(tx, context, command)
        while await _state(stand, job["id"]) in {"queued", "running"}:
            await run_import(context, workspace_id=stand.workspace_id, import_id=job["id"])
        seconds = time.perf_counter() - began
        written = await stand.value("SELECT count(*) FROM contact WHERE workspace_id = $1", stand.workspace_id)
        if written != done:
            raise RuntimeError(f"{written} of {done} contacts")
        return count / seconds

    async def parsed() -> float:
        sample = _phones(count, first=0)
        began = time.perf_counter()
        for text in sample:
            number = phonenumbers.parse(text, "US")
            if phonenumbers.is_valid_number(number):
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return count / (time.perf_counter() - began)

    values, bounds = await interleaved(rounds, imported, parsed)
    report("import_rate", values=values, bounds=bounds, unit="rows/s", bound_name="phonenumbers alone, one core", n=count)
