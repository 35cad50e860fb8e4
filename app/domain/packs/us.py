"""When may marketing go in the United States? The federal hours, and those of states whose law is tighter."""

from datetime import date, timedelta

from app.domain.message import Channel
from app.domain.packs.words import EBR, EXPRESS
from app.domain.windows import BOTH_PROFILES, EVERY, TEXT, VOICE, CapRow, Closed, Confidence, Lift, WindowRow, week

_DAY = timedelta(days=1)
_FEDERAL = "time.quiet.us.federal"


def _state(
    state: str,
    workdays: str,
    source: str,
    confidence: Confidence,
    *,
    saturday: str | None = None,
    sunday: str | None = None,
    holidays: bool = False,
    lifts: tuple[Lift, ...] = (),
) -> WindowRow:
    """A state's row. A closed Sunday has a code of its own; `holidays` closes the state's whole list of legal holidays."""
    name = state.lower()
    quiet = f"time.quiet.us.{name}"
    return WindowRow(
        id=f"us.{name}",
        region=f"US-{state}",
        channels=EVERY,
        week=week(
            workdays,
            quiet,
            saturday=None if saturday is None else (saturday, quiet),
            sunday=None if sunday is None else (sunday, quiet if sunday else f"time.sunday.us.{name}"),
        ),
        holidays=(Closed(f"US-{state}", f"time.holiday.us.{name}"),) if holidays else (),
        lifts=lifts,
        source=source,
        confidence=confidence,
    )


def _texas(name: str, channels: frozenset[Channel], valid_from: date | None) -> WindowRow:
    quiet = "time.quiet.us.tx"
    return WindowRow(
        id=f"us.tx.{name}",
        region="US-TX",
        channels=channels,
        week=week("09-21", quiet, sunday=("12-21", quiet)),
        clocks=("America/Chicago",),  # El Paso is Mountain; some read the statute as Central everywhere: both must be open
        lifts=(Lift(EXPRESS | EBR),),
        valid_from=valid_from,
        source="Tex. Bus. & Com. Code 301.051, 302.001(7); SB 140 (2025) for texts",
        confidence="certain",
    )


ROWS: tuple[WindowRow, ...] = (
    WindowRow(
        id="us.federal",
        region="US",
        channels=EVERY,
        week=week("08-21", _FEDERAL),
        lifts=(Lift(EXPRESS | EBR),),  # not a "telephone solicitation" then: 64.1200(f)(15)
        source="47 CFR 64.1200(c)(1); 16 CFR 310.4(c)",
        confidence="certain",
    ),
    _state("AL", "08-20", "Ala. Admin. Code 770-X-5-.17; Ala. Code 1-3-8", "verify", sunday="", holidays=True),
    _state("CT", "09-20", "Conn. Gen. Stat. 42-288a (PA 23-98)", "certain"),
    _state("FL", "08-20", "Fla. Stat. 501.616(6)", "certain"),
    _state("KY", "10-21", "KRS 367.46955", "likely"),
    _state("LA", "08-20", "LPSC General Order R-29617 s. V(A); La. R.S. 45:844.31", "certain", sunday="", holidays=True),
    _state("MD", "08-20", "Md. Code, Com. Law 14-4501 ff.", "certain"),
    _state("MA", "08-20", "M.G.L. 159C s. 3; 201 CMR 12", "likely"),
    _state("MI", "09-21", "MCL 445.111 ff.", "verify"),
    _state("MN", "09-21", "Minn. Stat. 325E.30", "likely"),
    _state("MS", "08-21", "Miss. Code 77-3-603, 77-3-723", "certain", sunday="", lifts=(Lift(EBR),)),
    _state("NV", "09-20", "NRS 598, 599B", "likely"),
    _state("NJ", "08-21", "N.J.S.A. 56:8-128(d)", "certain"),
    _state("NM", "09-21", "N.M. Stat. 57-12-22", "likely"),
    _state("OK", "08-20", "15 O.S. 775C", "certain", lifts=(Lift(EBR),)),
    WindowRow(
        id="us.or",
        region="US-OR",
        channels=EVERY,
        week=week("08-20", "time.quiet.us.or"),
        valid_from=date(2026, 1, 1),
        source="Or. HB 3865 (2025)",
        confidence="certain",
    ),
    WindowRow(
        id="us.pa",
        region="US-PA",
        channels=EVERY,
        week=week("08-21", _FEDERAL),  # no hours of its own, only closed days
        holidays=(Closed("US-PA", "time.holiday.us.pa"),),
        lifts=(Lift(frozenset({"purchase_12m"})),),
        source="73 P.S. 2241 ff.",
        confidence="verify",
    ),
    _state(
        "RI",
        "09-18",
        "R.I.G.L. 5-61-2(2), 5-61-3.6",
        "certain",
        saturday="10-17",
        sunday="",
        holidays=True,
        lifts=(Lift(EXPRESS),),
    ),
    _state("SD", "09-21", "SDCL 37-30A", "verify", sunday=""),
    _texas("text", TEXT, date(2025, 9, 1)),
    _texas("voice", VOICE, None),
    _state(
        "UT",
        "08-21",
        "Utah Code 13-25a-103(3)",
        "certain",
        sunday="",
        holidays=True,
        lifts=(Lift(EXPRESS, BOTH_PROFILES),),
    ),
    _state("VA", "08-21", "Va. Code 59.1-511, 59.1-514", "certain", lifts=(Lift(EXPRESS),)),
    _state(
        "WA",
        "08-20",
        "RCW 80.36.390, 19.190.060",
        "certain",
        lifts=(Lift(EXPRESS | {"purchase_12m"}),),
    ),
    _state("WY", "08-20", "W.S. 40-12-302", "verify"),
)


def _three_a_day(state: str, source: str, *, valid_from: date | None = None, lifts: tuple[Lift, ...] = ()) -> CapRow:
    name = state.lower()
    return CapRow(
        id=f"us.{name}.cap",
        region=f"US-{state}",
        channels=EVERY,
        limit=3,
        window=_DAY,
        counts="subject",
        code=f"cap.us.{name}.3_per_24h",
        source=source,
        confidence="certain",
        valid_from=valid_from,
        lifts=lifts,
    )


CAPS: tuple[CapRow, ...] = (
    _three_a_day("FL", "Fla. Stat. 501.616(6)"),
    _three_a_day("MD", "Md. Code, Com. Law 14-4501 ff.", valid_from=date(2024, 1, 1)),
    _three_a_day("OK", "15 O.S. 775C", valid_from=date(2022, 11, 1), lifts=(Lift(EBR),)),
    _three_a_day(
        "OR",
        "Or. HB 3865 (2025)",
        valid_from=date(2026, 1, 1),
        lifts=(Lift(frozenset({"purchase_18m"}), BOTH_PROFILES),),
    ),
)
