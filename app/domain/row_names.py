"""What is a row called? By its own id, or by its kind, its region and what it is about."""

from app.domain import consent_rows, content_rows
from app.domain.registries import Registry
from app.domain.retention import Kept
from app.domain.windows import CapRow, WindowRow

Row = WindowRow | CapRow | consent_rows.NeedRow | content_rows.ContentRow | Registry | Kept


def row_name(row: Row) -> str:
    """Its name, which rows of other dates or profiles may share: "us.ky", "consent.us.text", "age.gb.alcohol"."""
    match row:
        case WindowRow() | CapRow():
            return row.id or row.region or "everywhere"
        case consent_rows.NeedRow():
            return f"consent.{_where(row.region)}.{'_'.join(sorted(row.technologies))}"
        case content_rows.NeedRow():
            return f"content.{_where(row.region)}.{row.element}"
        case content_rows.ProhibitedRow():
            return f"prohibited.{_where(row.region)}.{row.category}"
        case content_rows.AgeRow():
            return f"age.{_where(row.region)}.{row.category}"
        case Registry():
            return f"registry.{row.name}"
        case Kept():
            return f"retention.{row.what}"
        case _:
            raise TypeError(f"no name is known for a {type(row).__name__}")


def _where(region: str) -> str:
    return "anywhere" if region in {content_rows.ANYWHERE, consent_rows.ELSEWHERE} else region.lower()
