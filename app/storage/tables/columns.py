"""What do the tables share? The names of constraints, and the columns and ties most of them have."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Instant = sa.DateTime(timezone=True)
EMPTY_JSON = sa.text("'{}'::jsonb")


def one_of(column: str, words: tuple[str, ...] | list[str]) -> str:
    """SQL that holds where the column is one of the words."""
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


def workspace_key() -> sa.Column[object]:
    """The workspace of a row that stands on its own; rows under another are tied to it by their composite keys."""
    return sa.Column("workspace_id", UUID(as_uuid=True), sa.ForeignKey("workspace.id"), nullable=False)


def id_key() -> sa.Column[object]:
    """A row's own id, the second half of its key."""
    return sa.Column("id", UUID(as_uuid=True), nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A moment, with its zone."""
    return sa.Column(name, _Instant, nullable=nullable)


def text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[object]:
    """A text; the default is one, too."""
    return sa.Column(name, sa.Text, nullable=nullable, server_default=None if default is None else sa.text(f"'{default}'"))


def uuid(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Another row's id, or one of ours."""
    return sa.Column(name, UUID(as_uuid=True), nullable=nullable)


def belongs(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Ties a row to one of the same workspace."""
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"])


def numbered() -> sa.ForeignKeyConstraint:
    """Every row about a number follows it when erasure replaces it by its keyed hash."""
    return sa.ForeignKeyConstraint(["workspace_id", "phone"], ["number.workspace_id", "number.phone"], onupdate="CASCADE")
