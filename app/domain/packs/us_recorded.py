"""When may a recording or an artificial voice sell in the United States? States with hours for such calls alone."""

from app.domain.windows import ALWAYS, RECORDED, VOICE, Confidence, Day, WindowRow, parse_hours


def _recorded(
    state: str,
    workdays: str | None,
    source: str,
    confidence: Confidence,
    *,
    saturday: str | None = None,
    sunday: str | None = None,
) -> WindowRow:
    """A state's row for calls by machine: None leaves a day to the other rows, "" closes it."""
    code = f"time.recorded.us.{state.lower()}"
    written = (*(workdays,) * 5, saturday, sunday)
    return WindowRow(
        id=f"us.{state.lower()}.recorded",
        region=f"US-{state}",
        channels=VOICE,
        technologies=RECORDED,
        week=tuple(Day(ALWAYS if hours is None else parse_hours(hours), code) for hours in written),
        source=source,
        confidence=confidence,
    )


def _daily(state: str, hours: str, source: str, confidence: Confidence) -> WindowRow:
    return _recorded(state, hours, source, confidence, saturday=hours, sunday=hours)


ROWS: tuple[WindowRow, ...] = (
    _daily("CA", "09-21", "Cal. Pub. Util. Code 2872", "likely"),
    _daily("IL", "09-21", "815 ILCS 305/15, 413/15", "likely"),
    _daily("IN", "09-20", "Ind. Code 24-5-14", "verify"),
    _daily("KY", "08-21", "KRS 367.461", "likely"),
    _recorded("ME", "09-17", "10 M.R.S. 1498", "likely", saturday="", sunday=""),
    _recorded("NE", None, "291 NAC 11-003", "likely", saturday="13-21", sunday="13-21"),
    _daily("WA", "", "RCW 80.36.400: no sales by automatic dialing and announcing devices", "likely"),
)
