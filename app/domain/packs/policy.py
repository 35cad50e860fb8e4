"""What holds where a country's law names no hours? Hours of ours: on working days, and never on Sundays."""

from collections.abc import Iterable

from app.domain.message import Channel
from app.domain.windows import Closed, Confidence, WindowRow, week


def policy(
    region: str,
    channels: Iterable[Channel],
    confidence: Confidence,
    hours: str = "09-20",
    *,
    saturday: str | None = None,
    holidays: str = "",
    source: str = "no statutory hours are known",
    code: str = "",
) -> WindowRow:
    """A row of ours. `confidence` says how well the country's rules are known; `saturday` "" is closed, None as other days."""
    word = code or f"time.policy.{region.lower()}"
    where = frozenset(channels)
    name = "voice" if where == {Channel.VOICE} else "text" if Channel.VOICE not in where else "all"
    return WindowRow(
        id=f"{region.lower()}.policy.{name}",
        region=region,
        channels=where,
        week=week(hours, word, saturday=(hours if saturday is None else saturday, word), sunday=("", word)),
        holidays=(Closed(holidays, word),) if holidays else (),
        source=f"policy: {source}",
        confidence=confidence,
    )
