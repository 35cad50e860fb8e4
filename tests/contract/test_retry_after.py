"""How long are we asked to wait? Seconds, dates, nonsense, and waits nobody means."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.retry_after import LONGEST_WAIT, retry_after_seconds

_NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
_DATE = "Mon, 23 Nov 2026 17:30:00 GMT"


@pytest.mark.parametrize(("asked", "seconds"), [
    (None, None), ("", None), ("0", 0.0), ("7", 7.0), (" 7 ", 7.0), ("3600", 3600.0), ("3601", LONGEST_WAIT),
    ("99999999999999999999999", LONGEST_WAIT), ("-5", None), ("1.5", None), ("soon", None), ("\u0667", None), ("NaN", None),
    ("Mon, 23 Nov 2026 17:30:45 GMT", 45.0), ("Mon, 23 Nov 2026 17:29:00 GMT", 0.0),
    ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
    ("Mon, 23 Nov 2026 18:30:30 +0100", 30.0), ("Mon, 23 Nov 2026 25:61:61 GMT", None), ("23 Nov", None),
])  # fmt: skip
def test_what_is_asked_is_bounded_or_ignored(asked: str | None, seconds: float | None) -> None:
    headers = {} if asked is None else {"retry-after": asked}
    assert retry_after_seconds(headers, _NOW) == seconds


def test_a_date_is_compared_with_the_answers_own_clock() -> None:
    assert retry_after_seconds({"retry-after": "Mon, 23 Nov 2026 17:30:20 GMT", "date": _DATE}) == 20.0


def test_a_date_without_a_clock_to_compare_says_nothing() -> None:
    assert retry_after_seconds({"retry-after": _DATE}) is None


@given(asked=some.text(max_size=60), date=some.text(max_size=60))
def test_no_text_stops_the_reader(asked: str, date: str) -> None:
    wait = retry_after_seconds({"retry-after": asked, "date": date})
    assert wait is None or 0 <= wait <= LONGEST_WAIT
