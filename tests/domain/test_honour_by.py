"""By which day must a no be honoured? P019 and its neighbours."""

from datetime import datetime

import pytest

from app.domain.deadlines import honour_by
from app.domain.number import number_facts


@pytest.mark.parametrize(
    ("case", "phone", "said_at", "day"),
    [
        ("P019", "+12125550142", "2026-12-21T17:00:00+00:00", "2027-01-06"),
        ("P019, in the evening there", "+12125550142", "2026-12-22T02:00:00+00:00", "2027-01-06"),
        ("P019, Canada", "+14165550142", "2026-12-21T17:00:00+00:00", "2027-01-06"),
        ("the GDPR knows no days of grace", "+4915123456789", "2026-12-21T17:00:00+00:00", "2026-12-21"),
        ("Australia", "+61412345678", "2026-06-01T02:00:00+00:00", "2026-06-08"),
        ("over Thanksgiving", "+12125550142", "2026-11-23T17:00:00+00:00", "2026-12-08"),
    ],
)
def test_an_opt_out_has_an_outer_limit(case: str, phone: str, said_at: str, day: str) -> None:
    assert honour_by(number_facts(phone), datetime.fromisoformat(said_at)).isoformat() == day, case
