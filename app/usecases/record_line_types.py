"""What kind of line is a number? What a look-up says is kept beside what the number itself tells, and decides from then on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.domain.errors import InvalidField
from app.domain.facts import NumberFacts, NumberKind
from app.storage.database import Transaction
from app.storage.number_life import write_line_types
from app.storage.numbers import ensure_numbers, hold_numbers

# The words look-ups use. None: the look-up does not know, and the number's own kind counts again.
LINE_TYPES: Mapping[str, NumberKind | None] = {
    "mobile": NumberKind.MOBILE,
    "landline": NumberKind.FIXED_LINE,
    "fixed_line": NumberKind.FIXED_LINE,
    "fixed_voip": NumberKind.FIXED_VOIP,
    "non_fixed_voip": NumberKind.NON_FIXED_VOIP,
    "voip": NumberKind.VOIP,
    "personal_number": NumberKind.PERSONAL_NUMBER,
    "pager": NumberKind.PAGER,
    "uan": NumberKind.UAN,
    "voicemail": NumberKind.VOICEMAIL,
    "toll_free": NumberKind.TOLL_FREE,
    "premium_rate": NumberKind.PREMIUM_RATE,
    "shared_cost": NumberKind.SHARED_COST,
    "unknown": None,
}
# No look-up makes a person's line of these.
_NEVER = frozenset(
    {NumberKind.TOLL_FREE, NumberKind.PREMIUM_RATE, NumberKind.SHARED_COST, NumberKind.VOICEMAIL, NumberKind.UNKNOWN}
)

LookedUp = tuple[NumberFacts, str]  # the number, the look-up's word


def check_line_types(rows: Sequence[LookedUp]) -> None:
    """Whether the look-ups can all be true. Raises InvalidField, naming the item."""
    first: dict[str, int] = {}
    for place, (number, word) in enumerate(rows):
        pointer = f"/body/items/{place}/line_type"
        kind = LINE_TYPES[word]
        if number.kind in _NEVER and kind is not None and kind is not number.kind:
            detail = f"a number of type {number.kind} is never a line of type {word}"
            raise InvalidField(detail, pointer=pointer, code="contradictory")
        before = first.setdefault(number.e164, place)
        if LINE_TYPES[rows[before][1]] is not kind:
            raise InvalidField(f"item {before} says another type of the same number", pointer=pointer, code="contradictory")


async def record_line_types(tx: Transaction, *, workspace_id: UUID, rows: Sequence[LookedUp], now: datetime) -> int:
    """Keep what look-ups say, all or none, in the caller's transaction; how many numbers changed. Raises InvalidField."""
    check_line_types(rows)
    numbers = list({number.e164: number for number, _ in rows}.values())
    await ensure_numbers(tx, workspace_id=workspace_id, numbers=numbers, now=now)
    await hold_numbers(tx, workspace_id=workspace_id, phones=[number.e164 for number in numbers])
    kinds = {number.e164: LINE_TYPES[word] for number, word in rows}
    found = [(phone, None if kind is None else str(kind)) for phone, kind in sorted(kinds.items())]
    return await write_line_types(tx, workspace_id=workspace_id, rows=found)
