"""What does an import look like in JSON: the job, how far it is, and what became of each row?"""

from typing import Literal, Self

from pydantic import ConfigDict, Field

from app.domain.provenance import ProvenanceKind
from app.http.ids import ContactId, ImportId
from app.http.shapes import Instant, Shape, View
from app.storage.database import Row

JobState = Literal["queued", "running", "planned", "completed", "failed", "cancelled", "expired"]
RowOutcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]
OUTCOMES_CSV = "line,outcome,reason,contact_id,phone\r\n2,rejected,too_short: too few digits,,12345\r\n"
OUTCOMES_NDJSON = '{"line": 2, "outcome": "rejected", "reason": "too_short: 5 digits", "contact_id": null, "phone": "12345"}\n'


class Outcomes(View):
    """How many rows came to what, so far."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0


class FileView(View):
    """How the file was read."""

    format: Literal["csv", "ndjson"] = "csv"
    encoding: str = Field(default="utf-8", description="The encoding it was read in", examples=["windows-1252"])
    encoding_told_by: Literal["given", "mark", "bytes", "guess"] = Field(
        default="bytes", description="Your word, its byte order mark, its bytes; or a guess, to be looked at"
    )
    compressed: bool = False
    bytes: int = Field(default=0, description="Unfolded")


class PlanView(View):
    """What an import would do, counted over its rows."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: dict[str, int] = Field(default={}, description="By the code of the reason", examples=[{"too_short": 3}])
    suppressed: int = Field(default=0, description="Numbers that must not be messaged, whatever goes in")
    opted_out: int = Field(default=0, description="Numbers whose rows say no")
    newly_marketable: dict[str, int] = Field(
        default={}, description="Opt-ins that would be recorded anew, by the kind of consent", examples=[{"express_written": 900}]
    )
    opt_ins: dict[str, int] = Field(default={}, description="What the rows' opt-ins would come to", examples=[{"recorded": 900}])
    opt_in_problems: dict[str, int] = Field(default={}, description="Why opt-ins would be refused")
    acquired: dict[str, int] = Field(default={}, description="Numbers that need proof of their own, by provenance")
    conflicts: dict[str, int] = Field(default={}, description="Contacts whose field holds something else, by field")
    came_out_otherwise: dict[str, int] = Field(
        default={}, description="After it was applied: rows the world had changed for", examples=[{"created -> updated": 2}]
    )


class ApplyIn(Shape):
    """How a plan is to be applied."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"accept_changes": False}]})

    accept_changes: bool = Field(default=False, strict=True, description="Apply it though its numbers changed meanwhile")


class ImportView(View):
    """An import and how far it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "imp_01jcxf0000e000800000000001",
                    "state": "running",
                    "dry_run": False,
                    "file": {
                        "format": "csv",
                        "encoding": "windows-1252",
                        "encoding_told_by": "guess",
                        "compressed": True,
                        "bytes": 1482000,
                    },
                    "total_rows": 20000,
                    "done_rows": 12000,
                    "progress": 0.6,
                    "outcomes": {"created": 11800, "updated": 90, "unchanged": 70, "duplicate": 30, "rejected": 10},
                    "plan": None,
                    "expires_at": None,
                    "provenance_kind": "in_store",
                    "provenance_reference": "booth 12",
                    "attributes": {"first_name": "text", "visits": "number"},
                    "default_region": "US",
                    "provenance": "trade fair 2026",
                    "tags": ["fair"],
                    "error": None,
                    "created_at": "2026-11-23T10:00:00Z",
                    "finished_at": None,
                }
            ]
        }
    )

    id: ImportId
    state: JobState
    dry_run: bool = Field(description="Rows are judged, nothing is written")
    file: FileView
    total_rows: int
    done_rows: int
    progress: float = Field(description="From 0 to 1")
    outcomes: Outcomes = Field(description="So far; of a plan, what the rows would come to")
    plan: PlanView | None = Field(description="With `plan=true`: its counts, complete when the state is `planned`")
    expires_at: Instant | None = Field(description="When a plan that waits is forgotten")
    provenance_kind: ProvenanceKind | None
    provenance_reference: str
    attributes: dict[str, str] = Field(description="The attributes the columns of a CSV file become, and their types")
    default_region: str | None
    provenance: str
    tags: list[str]
    error: str | None
    created_at: Instant
    finished_at: Instant | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """A job's row."""
        done, total = sum(row["outcomes"].values()), row["total_rows"]
        return cls(
            id=row["id"],
            state=row["state"],
            dry_run=row["dry_run"],
            file=FileView(**row["file"]),
            total_rows=total,
            done_rows=done,
            progress=1.0 if row["state"] == "completed" or not total else done / total,
            outcomes=Outcomes(**row["outcomes"]),
            plan=None if row["plan"] is None else PlanView(**row["plan"]),
            expires_at=row["expires_at"],
            provenance_kind=row["provenance_kind"] or None,
            provenance_reference=row["provenance_reference"],
            attributes={name: kind for _, name, kind in row["columns"]["attributes"]},
            default_region=row["default_region"],
            provenance=row["provenance"],
            tags=row["tags"],
            error=row["error"],
            created_at=row["created_at"],
            finished_at=row["finished_at"],
        )


class ImportRowView(View):
    """What became of one row."""

    line: int = Field(description="Where the row begins in the file; the first line is 1")
    outcome: RowOutcome
    reason: str = Field(description="A code and a sentence, where there is something to say", examples=["too_short: 4 digits"])
    contact_id: ContactId | None
    phone: str = Field(description="As the file has it; empty once it was erased or its time to be kept was over")

    @classmethod
    def of(cls, row: Row) -> Self:
        """A settled row."""
        reason, written = row["reason"], row["written"]
        return cls(line=row["line"], outcome=row["outcome"], reason=reason, contact_id=row["contact_id"], phone=written)
