"""Is a name somebody mistyped told from one that only looks alike?"""

import pytest

from app.domain.near_names import nearest

_KNOWN = ("first_name", "last_name", "city.name", "plan", "x" * 2_000)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("frist_name", "first_name"),
        ("firstName", "first_name"),
        ("city.nmae", "city.name"),
        ("Plan", "plan"),
        ("plan", None),
        ("order_total", None),
        ("", None),
        ("x" * 1_999, None),
    ],
)
def test_the_nearest_name_is_the_one_meant(name: str, meant: str | None) -> None:
    assert nearest(name, _KNOWN) == meant
