"""import_rate: CSV rows from upload to committed contacts a second, against the phone library's own parsing of the same rows."""

import time
from collections.abc import Iterator
from itertools import count as naturals
from itertools import islice
from uuid import UUID

import phonenumbers

from app.domain.area_codes import area_codes
from app.usecases.intake_file import Intake
from app.usecases.run_import import run_import
from app.usecases.start_import import StartImport, start_import
from bench.figure import interleaved, report
from bench.stand import Stand

_SUBSCRIBERS = 8_000_000
_STRIDE = 99_991  # prime to it: neighbours in the file are strangers


def _phones() -> Iterator[str]:
    """Numbers of every area code of the United States and Canada, each once, as people write them."""
    areas = sorted(area_codes())
    for n in naturals():
        digits = 2_000_000 + n // len(areas) * _STRIDE % _SUBSCRIBERS
        text = f"({areas[n % len(areas)]}) {digits // 10_000}-{digits % 10_000:04d}"
        if phonenumbers.is_valid_number(phonenumbers.parse(text, "US")):
            yield text


async def _state(stand: Stand, import_id: UUID) -> object:
    return await stand.value("SELECT state FROM import_job WHERE id = $1", import_id)


async def measure(stand: Stand, *, count: int, rounds: int) -> None:
    """Print import_rate: every row is new, with five columns. Parsing binds: COPY alone is several times faster."""
    context, done, phones = stand.context, 0, _phones()

    async def imported() -> float:
        nonlocal done
        rows = [f"{phone},Ana,Oakland,{n % 50},vip;spring" for n, phone in enumerate(islice(phones, count))]
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
        sample = list(islice(_phones(), count))
        began = time.perf_counter()
        for text in sample:
            number = phonenumbers.parse(text, "US")
            if phonenumbers.is_valid_number(number):
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return count / (time.perf_counter() - began)

    values, bounds = await interleaved(rounds, imported, parsed)
    report("import_rate", values=values, bounds=bounds, unit="rows/s", bound_name="phonenumbers alone, one core", n=count)
