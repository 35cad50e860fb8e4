"""How long is what kept, and why? A row for each kind of data: its days, the least a law asks for, and the source of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One kind of data. `days` is how long it is kept unless a workspace says otherwise; None is for ever, by law or by design.

    `least` is the shortest a workspace may choose. `purged` says what becomes of it afterwards, `source` why, `confidence` how
    sure that reading of the law is ("certain", "likely" or "verify"; our own policies are certain). A law's term stands from
    `valid_from` on, and is kept for what is older too; `valid_to` is the first day it no longer stands.
    """

    what: str
    days: int | None
    source: str
    purged: str
    least: int = 1
    confidence: str = "certain"
    valid_from: date | None = None
    valid_to: date | None = None


_FIVE_YEARS_FROM = date(2024, 10, 15)  # 16 CFR 310.5 asked for two years before
_TEN_YEARS_FROM = date(2026, 1, 1)

RETENTION: tuple[Kept, ...] = (
    Kept(
        what="message_texts",
        days=1_825,
        source="16 CFR 310.5(a)-(b): copies of what was sent, five years; 28 U.S.C. 1658: suits within four",
        purged="the text is emptied; the message, its state and times stay",
        valid_from=_FIVE_YEARS_FROM,
    ),
    Kept(
        what="decisions",
        days=1_825,
        source="16 CFR 310.5(a)-(b): records that show compliance, five years; GDPR art. 5(1)(e)",
        purged="verdict, instant and rules stay; what each rule saw is emptied",
        confidence="likely",
        valid_from=_FIVE_YEARS_FROM,
    ),
    Kept(
        what="replies",
        days=730,
        source="policy, GDPR art. 5(1)(c) and (e): no longer than it is needed",
        purged="the text is emptied",
    ),
    Kept(
        what="keyword_replies",
        days=3_650,
        source="Va. Code 59.1-514: a STOP by text is kept ten years; 47 CFR 64.1200(d)(6): five",
        purged="the text is emptied; the ledger and the suppression stay",
        least=3_650,
        valid_from=_TEN_YEARS_FROM,
    ),
    Kept(
        what="receipts",
        days=730,
        source="policy, GDPR art. 5(1)(e): while a carrier's bill or report may be disputed",
        purged="the receipt is deleted; the message keeps the state it gave",
    ),
    Kept(
        what="links",
        days=730,
        source="policy, GDPR art. 5(1)(e): every link has ended within a year",
        purged="a person's codes, and where they led, are deleted; the campaign's own addresses stay",
    ),
    Kept(
        what="clicks",
        days=730,
        source="policy, GDPR art. 5(1)(e): campaigns are compared over two years",
        purged="the click is deleted",
    ),
    Kept(
        what="unread_webhooks",
        days=90,
        source="policy, GDPR art. 5(1)(c): kept whole only to be read by a later release",
        purged="the request is deleted",
    ),
    Kept(
        what="capabilities",
        days=30,
        source="policy, GDPR art. 5(1)(c): what carriers said of RCS is believed for thirty days at most",
        purged="what was said is deleted",
    ),
    Kept(
        what="import_rows",
        days=90,
        source="policy, GDPR art. 5(1)(c): a file's cells have served their purpose once it is imported",
        purged="number and cells are emptied; line, outcome and reason stay",
    ),
    Kept(
        what="contact_changes",
        days=365,
        source="policy, GDPR art. 5(1)(c) and (e): what a contact once held explains an audience for a year",
        purged="what it held before is deleted; what it holds stays",
    ),
    Kept(
        what="events",
        days=1_095,
        source="policy, GDPR art. 5(1)(c) and (e): what somebody did years ago says little of what they want now",
        purged="the event is deleted, counted from when it was received",
    ),
    Kept(
        what="consent_evidence",
        days=None,
        source="16 CFR 310.5, UWG s. 7a, 28 U.S.C. 1658: its life and five years on, renewed by each use",
        purged="only an erasure empties it",
    ),
    Kept(
        what="suppressions",
        days=None,
        source="GDPR art. 17(3) and 21(3), 47 CFR 64.1200(d)(6), Va. Code 59.1-514: a no outlives the data",
        purged="never; an erasure keeps it under a keyed hash",
    ),
)
BY_NAME: Mapping[str, Kept] = {row.what: row for row in RETENTION}
CHOOSABLE: tuple[str, ...] = tuple(row.what for row in RETENTION if row.days is not None and row.least < MOST_DAYS)
"""Kinds whose days a workspace may set."""


def days_of(row: Kept, chosen: Mapping[str, Any]) -> int | None:
    """How many days a workspace with these choices keeps a kind; never less than a law asks."""
    if row.days is None:
        return None
    return max(row.least, int(chosen.get(row.what) or row.days))


def chosen_days(chosen: Mapping[str, Any]) -> dict[str, int]:
    """Days of every kind a workspace may choose them for, its own or the default."""
    return {what: int(chosen.get(what) or BY_NAME[what].days or 0) for what in CHOOSABLE}


def ids_before(instant: datetime) -> UUID:
    """A UUID that sorts after every id made before the instant and before all later ones (RFC 9562 section 5.7)."""
    return UUID(int=int(instant.timestamp() * 1_000) << 80)


def cutoff(days: int, now: datetime) -> datetime:
    """What is older than this is not kept any longer."""
    return now - timedelta(days=days)
