"""ledger_rate: consent events chained and appended in bulk a second, against a bare insert of the same rows without a chain."""

import time
from datetime import timedelta

import orjson

from app.clock import new_ids
from app.domain.ledger import Event
from app.storage.consents import append_events
from bench.figure import interleaved, report
from bench.stand import NOON, Stand

_BATCH = 5_000
# The ledger as it would be if nothing were chained: the same columns otherwise, its key, its index, its tie to the number.
_BARE_TABLE = (
    "CREATE TABLE bare_event (LIKE consent_event INCLUDING DEFAULTS)",
    "ALTER TABLE bare_event DROP COLUMN seq, DROP COLUMN number_seq, DROP COLUMN salt, DROP COLUMN number_hash",
    "ALTER TABLE bare_event DROP COLUMN evidence_hash, DROP COLUMN previous, DROP COLUMN number_previous, DROP COLUMN hash",
    "ALTER TABLE bare_event ADD PRIMARY KEY (workspace_id, id)",
    "CREATE INDEX ON bare_event (workspace_id, phone, id)",
    "ALTER TABLE bare_event ADD FOREIGN KEY (workspace_id, phone) REFERENCES number (workspace_id, phone)",
)
_BARE = """
INSERT INTO bare_event (workspace_id, id, phone, kind, channel, purpose, method, evidence, source, actor, occurred_at,
                        recorded_at)
SELECT $1, u.id, u.phone, 'given', 'sms', 'marketing', 'web_form', u.evidence::jsonb, 'bench', 'bench', $2, $3
FROM unnest($4::uuid[], $5::text[], $6::text[]) AS u(id, phone, evidence)
"""


def _evidence(step: int) -> str:
    return orjson.dumps(
        {
            "wording": "Text me offers from Blue Shop. Message and data rates may apply. Not a condition of purchase.",
            "url": "https://blue.example/join",
            "form_version": "2026-10",
            "ip": f"192.0.2.{step % 256}",
            "session": step,
        }
    ).decode()


async def measure(stand: Stand, *, count: int, rounds: int) -> None:
    """Print ledger_rate: every event with evidence of its own, one a number and round, in transactions of 5,000."""
    await stand.people(count)
    phones = [f"+1212{2_000_000 + step}" for step in range(count)]
    evidence = [_evidence(step) for step in range(count)]
    before = NOON - timedelta(days=1)
    for statement in _BARE_TABLE:
        await stand.sql(statement)

    async def chained() -> float:
        ids = new_ids(count)
        events = [
            Event(
                id=i, phone=p, kind="given", channel="sms", purpose="marketing", method="web_form", occurred_at=before, evidence=e
            )
            for i, p, e in zip(ids, phones, evidence, strict=True)
        ]
        began = time.perf_counter()
        for start in range(0, count, _BATCH):
            rows = events[start : start + _BATCH]
            async with stand.context.db.transaction() as tx:
                await append_events(tx, workspace_id=stand.workspace_id, rows=rows, source="bench", actor="bench", now=NOON)
        return count / (time.perf_counter() - began)

    async def bare() -> float:
        ids = new_ids(count)
        began = time.perf_counter()
        for start in range(0, count, _BATCH):
            part = slice(start, start + _BATCH)
            await stand.sql(_BARE, stand.workspace_id, before, NOON, ids[part], phones[part], evidence[part])
        return count / (time.perf_counter() - began)

    values, bounds = await interleaved(rounds, chained, bare)
    report("ledger_rate", values=values, bounds=bounds, unit="events/s", bound_name="bare insert, no chain", n=count)
