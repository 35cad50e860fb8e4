"""What may be said of a file of contacts that is sent: how it is to be read, where it comes from, and what is to be done?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException

from app.domain import contact as limits
from app.domain.errors import InvalidField
from app.domain.provenance import ProvenanceKind, check_provenance
from app.http.contacts import Provenance, Tag
from app.http.phones import DefaultRegion
from app.http.shapes import Text
from app.usecases.intake_file import Format, ImportFile
from app.usecases.read_phone import check_region
from app.usecases.start_import import StartImport

_FORMATS: dict[str, Format] = {
    "text/csv": "csv",
    "application/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}


def format_of(request: Request) -> tuple[Format, str | None]:
    """The format a request names, and the encoding. UTF-8 is what programs say unasked: the bytes know better."""
    content_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.partition("charset=")[2].strip().strip('"').lower()
    found = _FORMATS.get(content_type.strip().lower())
    if found is None:
        raise HTTPException(415, "Send text/csv or application/x-ndjson")
    return found, None if charset in {"", "utf-8", "utf8", "us-ascii"} else charset


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportQuery:
    """The query of an import, checked as far as it can be without the file."""

    region: str | None
    phone_column: str | None
    mapping: Sequence[str]
    columns: list[str] | None
    encoding: str | None
    provenance: str
    tags: Sequence[str]
    kind: ProvenanceKind | None
    reference: str
    dry_run: bool
    plan: bool

    def command(self, file: ImportFile, *, workspace_id: UUID, now: datetime) -> StartImport:
        """What the use case takes. Raises InvalidField for a broker without a contract."""
        rows_tell = file.columns.provenance_reference is not None
        kind, reference = _provenance(self.kind, self.reference, rows_tell=rows_tell)
        return StartImport(
            workspace_id=workspace_id,
            file=file,
            default_region=self.region,
            provenance=self.provenance,
            tags=self.tags,
            dry_run=self.dry_run,
            now=now,
            phase="analyse" if self.plan else "import",
            provenance_kind=kind,
            provenance_reference=reference,
        )


def _provenance(kind: ProvenanceKind | None, reference: str, *, rows_tell: bool) -> tuple[ProvenanceKind | None, str]:
    """What every row is said to be of, unless it says so itself. Raises InvalidField for a broker without a contract."""
    try:
        return check_provenance(str(kind or ""), reference)
    except limits.BadField as problem:
        if problem.code == "missing_reference" and rows_tell:
            return kind, ""
        raise InvalidField(problem.detail, pointer="/query/provenance_reference", code=problem.code) from problem


async def read_query(
    *,
    default_region: Annotated[DefaultRegion | None, Query()] = None,
    phone_column: Annotated[
        Text | None,
        Query(max_length=200, description="The column (or key) with the phone; left out, it is told by its name"),
    ] = None,
    map: Annotated[  # noqa: A002  # the word of the field
        list[Annotated[Text, Field(max_length=300)]] | None,
        Query(max_length=64, description="What a column (or key) is read as: `Handy=phone`, `Rufname=first_name`, `Notes=-`"),
    ] = None,
    columns: Annotated[
        list[Annotated[Text, Field(max_length=200)]] | None,
        Query(max_length=64, description="The names of the columns of a CSV file that has no header"),
    ] = None,
    encoding: Annotated[
        Text | None, Query(max_length=40, description="The file's encoding; left out, it is told by its bytes, or guessed")
    ] = None,
    provenance: Annotated[Provenance, Query(description="Where the numbers come from: kept with each new contact")] = "import",
    tags: Annotated[list[Tag] | None, Query(max_length=limits.MOST_TAGS, description="Added to every contact")] = None,
    provenance_kind: Annotated[
        ProvenanceKind | None,
        Query(description="How the numbers came to you; those of a broker, a directory or scraped need proof of their own"),
    ] = None,
    provenance_reference: Annotated[
        Text, Query(max_length=limits.LONGEST_PROVENANCE, description="What documents it; of a broker, the contract")
    ] = "",
    dry_run: Annotated[bool, Query(description="Judge every row, write no contact")] = False,
    plan: Annotated[bool, Query(description="Make a plan with counts, and wait for POST /v1/imports/{import_id}/apply")] = False,
) -> ImportQuery:
    """The query. Raises InvalidField."""
    if plan and dry_run:
        raise InvalidField("a plan is dry until it is applied: leave dry_run out", pointer="/query/dry_run")
    return ImportQuery(
        region=check_region(default_region, pointer="/query/default_region"),
        phone_column=phone_column,
        mapping=map or (),
        columns=columns,
        encoding=encoding,
        provenance=provenance,
        tags=limits.check_tags(tags or ()),
        kind=provenance_kind,
        reference=provenance_reference,
        dry_run=dry_run,
        plan=plan,
    )
