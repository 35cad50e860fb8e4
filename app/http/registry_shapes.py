"""What do registries, their files and their answers look like in JSON?"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from app.domain.registries import BY_NAME, NAMES
from app.domain.registry_file import ANSWERS, read_answer
from app.http.ids import RegistryFileId
from app.http.phones import DefaultRegion, Phone
from app.http.shapes import Instant, Shape, View
from app.storage.database import Row
from app.usecases.load_registry_file import MOST_REJECTS_TOLD, Loaded
from app.usecases.read_registries import Lookup, NumberLookup, RegistryStatus
from app.usecases.record_registry_answers import Recorded, RegistryAnswer

_MOST_ANSWERS = 1_000


def _known_registry(name: str) -> str:
    if name not in BY_NAME:
        raise ValueError(f"no registry is called that; there are {', '.join(NAMES)}")
    return name


def _known_answer(word: str) -> str:
    try:
        return read_answer(word)
    except ValueError as problem:
        raise ValueError(str(problem).partition(": ")[2]) from problem


RegistryName = Annotated[
    str,
    AfterValidator(_known_registry),
    Field(json_schema_extra={"enum": list(NAMES)}, examples=["us.national_dnc"]),
]
GivenAnswer = Annotated[
    str,
    AfterValidator(_known_answer),
    Field(max_length=20, json_schema_extra={"enum": sorted(ANSWERS)}, examples=["no"]),
]

_FILE: dict[str, JsonValue] = {
    "id": "rgf_01jcxf0000e000800000000001",
    "registry": "us.national_dnc",
    "as_of": "2026-11-20T00:00:00Z",
    "lines": 999998,
    "rejected": 2,
    "whole": True,
    "recorded_at": "2026-11-23T10:00:00Z",
}


class RegistryFileView(View):
    """A loaded file."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FILE]})

    id: RegistryFileId
    registry: str
    as_of: datetime
    lines: int = Field(description="Lines taken")
    rejected: int
    whole: bool = Field(description="It holds every listed number: any other is clear as of its date")
    recorded_at: datetime

    @classmethod
    def of(cls, row: Row) -> Self:
        """From its row."""
        return cls(**{name: row[name] for name in cls.model_fields})


class RejectView(View):
    """A line that was not taken."""

    line: int = Field(examples=[17])
    code: str = Field(examples=["too_short"])
    detail: str = Field(examples=["too few digits"])


class LoadedView(View):
    """What came of a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "file": _FILE,
                    "taken": 999998,
                    "rejected": 2,
                    "rejects": [{"line": 17, "code": "too_short", "detail": "too few digits"}],
                    "tenures_ended": 0,
                }
            ]
        }
    )

    file: RegistryFileView
    taken: int
    rejected: int
    rejects: list[RejectView] = Field(description=f"The first {MOST_REJECTS_TOLD}")
    tenures_ended: int = Field(description="Known numbers whose consents ended, for reassignment and deactivation files")

    @classmethod
    def of(cls, loaded: Loaded) -> Self:
        """From what the use case says."""
        rejects = [(line.line, *line.problem.partition(": ")[::2]) for line in loaded.rejects]
        return cls(
            file=RegistryFileView.of(loaded.row),
            taken=loaded.taken,
            rejected=loaded.rejected,
            rejects=[RejectView(line=line, code=code, detail=detail) for line, code, detail in rejects],
            tenures_ended=loaded.tenures_ended,
        )


class AnswerIn(Shape):
    """What a registry answered about one number."""

    phone: Phone
    default_region: DefaultRegion | None = None
    answer: GivenAnswer = Field(description="yes or listed, no or clear, no_data or unknown")
    as_of: Instant | None = Field(default=None, description="When the registry said so; now when left out")
    asked_about: Instant | None = Field(
        default=None, description="For reassigned numbers: the date of consent the question was asked with"
    )

    def item(self, phone: str, *, now: datetime) -> RegistryAnswer:
        """What the use case takes."""
        return RegistryAnswer(phone=phone, answer=self.answer, as_of=self.as_of or now, asked_about=self.asked_about)


class AnswersIn(Shape):
    """Query results of one registry."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {"phone": "+12125550142", "answer": "no", "asked_about": "2026-01-05T00:00:00Z"},
                        {"phone": "+12125550143", "answer": "no_data", "asked_about": "2026-01-05T00:00:00Z"},
                    ]
                }
            ]
        }
    )

    items: Annotated[list[AnswerIn], Field(min_length=1, max_length=_MOST_ANSWERS)]


class RecordedView(View):
    """What came of the answers, in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"counts": [True, True], "tenures_ended": 0}]})

    counts: list[bool] = Field(description="False for an answer older than what is known")
    tenures_ended: int = Field(description="Known numbers whose consents ended")

    @classmethod
    def of(cls, recorded: Recorded) -> Self:
        """From what the use case says."""
        return cls(counts=recorded.counts, tenures_ended=recorded.tenures_ended)


class RegistryView(View):
    """A registry: what it means, how old its data may be, and what was loaded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "registry": "us.national_dnc",
                    "title": "National Do Not Call Registry",
                    "kind": "do_not_call",
                    "regions": ["US", "PR", "GU", "VI", "AS", "MP"],
                    "technologies": ["live", "recorded", "text"],
                    "demanded_for": ["live"],
                    "meaning": "the person wants no telephone solicitations",
                    "longest_age_days": 31,
                    "exempt": {"express_written": None, "implied_purchase": 18, "implied_inquiry": 3},
                    "whole_files": True,
                    "rule": "suppress.national_dnc",
                    "source": "47 CFR 64.1200(c)(2)",
                    "confidence": "C",
                    "valid_from": None,
                    "valid_to": None,
                    "file": _FILE,
                    "due_at": "2026-12-22T00:00:00Z",
                    "stale": False,
                    "entries": 999998,
                    "listed": 999998,
                    "newest_as_of": "2026-11-20T00:00:00Z",
                }
            ]
        }
    )

    registry: str
    title: str
    kind: Literal["do_not_call", "reassigned", "deactivated"]
    regions: list[str] = Field(description="Countries and states it is about; empty for any")
    technologies: list[str] = Field(description="What it forbids to listed numbers")
    demanded_for: list[str] = Field(description="What the law wants looked up even by those who never loaded it")
    meaning: str
    longest_age_days: int | None
    exempt: dict[str, int | None] = Field(description="Bases of consent that lift a listing, with the months they do")
    whole_files: bool = Field(description="Its files are whole lists; else files and answers add up")
    rule: str
    source: str
    confidence: str = Field(description="C certain, L likely, V to be verified", examples=["C"])
    valid_from: str | None
    valid_to: str | None
    file: RegistryFileView | None
    due_at: datetime | None = Field(description="From then on the whole file that counts is too old")
    stale: bool
    entries: int = Field(description="Numbers it is known to speak of")
    listed: int
    newest_as_of: datetime | None = Field(description="Of the newest answer or file")

    @classmethod
    def of(cls, status: RegistryStatus) -> Self:
        """From the row and what was loaded."""
        row = status.registry
        return cls(
            registry=row.name,
            title=row.title,
            kind=row.kind.value,
            regions=list(row.regions),
            technologies=sorted(row.technologies),
            demanded_for=sorted(row.demanded),
            meaning=row.meaning,
            longest_age_days=row.longest_age,
            exempt=dict(row.exempt),
            whole_files=row.whole,
            rule=row.listed_code,
            source=row.source,
            confidence=row.confidence,
            valid_from=row.valid_from.isoformat() if row.valid_from else None,
            valid_to=row.valid_to.isoformat() if row.valid_to else None,
            file=RegistryFileView.of(status.file) if status.file is not None else None,
            due_at=status.due_at,
            stale=status.stale,
            entries=status.entries,
            listed=status.listed,
            newest_as_of=status.newest,
        )


class LookupView(View):
    """What one registry says of the number."""

    registry: str = Field(examples=["us.national_dnc"])
    title: str
    answer: str = Field(description="listed, clear or unknown; `unknown`: it has no data, or was never asked")
    by: str = Field(description="Told by an answer, by a whole file (file), or not at all (empty)")
    as_of: datetime | None
    asked_about: datetime | None
    due_at: datetime | None = Field(description="From then on it is too old")
    stale: bool

    @classmethod
    def of(cls, found: Lookup) -> Self:
        """From what was found."""
        return cls(
            registry=found.registry.name,
            title=found.registry.title,
            answer=found.answer,
            by=found.by,
            as_of=found.as_of,
            asked_about=found.asked_about,
            due_at=found.due_at,
            stale=found.stale,
        )


class NumberLookupView(View):
    """Every registry that speaks of such a number, and the number's own life."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "phone": "+12125550142",
                    "registries": [
                        {
                            "registry": "us.national_dnc",
                            "title": "National Do Not Call Registry",
                            "answer": "clear",
                            "by": "file",
                            "as_of": "2026-11-20T00:00:00Z",
                            "asked_about": None,
                            "due_at": "2026-12-22T00:00:00Z",
                            "stale": False,
                        }
                    ],
                    "line_type": None,
                    "tenure": 1,
                    "tenure_since": None,
                    "proved_at": "2026-11-01T12:00:00Z",
                    "hard_bounces": 0,
                    "soft_bounces": 0,
                }
            ]
        }
    )

    phone: str
    registries: list[LookupView]
    line_type: str | None = Field(description="What a look-up or a carrier's refusal told")
    tenure: int = Field(description="Counts the people it belonged to; 1 for a number not known here")
    tenure_since: datetime | None
    proved_at: datetime | None = Field(description="The last proof of whose it is: a text from it, or an opt-in by their own act")
    hard_bounces: int
    soft_bounces: int

    @classmethod
    def of(cls, found: NumberLookup) -> Self:
        """From what was found."""
        life: Any = found.life or {}
        return cls(
            phone=found.phone,
            registries=[LookupView.of(each) for each in found.lookups],
            line_type=life.get("line_type"),
            tenure=life.get("tenure", 1),
            tenure_since=life.get("tenure_since"),
            proved_at=life.get("proved_at"),
            hard_bounces=life.get("hard_bounces", 0),
            soft_bounces=life.get("soft_bounces", 0),
        )
