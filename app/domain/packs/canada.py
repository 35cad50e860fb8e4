"""When may marketing go in Canada? The telemarketing rules' hours for calls, and by policy for texts."""

from app.domain.windows import TEXT, VOICE, WindowRow, week

_CALLS, _TEXTS = "time.quiet.ca.telemarketing", "time.policy.ca"

ROWS: tuple[WindowRow, ...] = (
    WindowRow(
        id="ca.voice",
        region="CA",
        channels=VOICE,
        week=week("09-21:30", _CALLS, saturday=("10-18", _CALLS), sunday=("10-18", _CALLS)),
        source="CRTC Unsolicited Telecommunications Rules, Part III",
        confidence="certain",
    ),
    WindowRow(
        id="ca.text",
        region="CA",
        channels=TEXT,
        week=week("09-21:30", _TEXTS, saturday=("10-18", _TEXTS), sunday=("10-18", _TEXTS)),
        source="policy: CASL names no hours, so those of the CRTC's telemarketing rules",
        confidence="certain",
    ),
)
