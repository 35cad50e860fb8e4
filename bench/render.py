"""render_rate: texts a second on one core, from a contact's row to a counted text, against the bare engine."""

import time
from collections.abc import Callable
from typing import Any

from app.domain.parts import count_parts
from app.domain.rich_template import RichTemplate
from app.domain.template import compile_template, in_languages
from app.usecases.merge_values import values_for
from bench.figure import report

_BODY = (
    'Blue Shop: hi {{ first_name | default: "there" }}, {% if points > 100 %}{{ points }} points{% else %}your points{% endif %} '
    "wait in {{ city }}: code {{ code }}, at {{ store }} until Sunday. Reply STOP to opt out"
)
_PEOPLE = [
    {"first_name": f"Maya{place}", "points": place * 10, "city": "Graz", "code": f"A{place}", "store": "the old mill"}
    for place in range(40)
]


def measure(*, count: int, rounds: int) -> None:
    """Print render_rate."""
    own = compile_template(_BODY, locale="en")
    template, rich = in_languages(own, {"de": compile_template(_BODY, locale="de")}), RichTemplate(None)
    locales = ("en-GB", "de-AT", None)
    rows = [{"attributes": person, "phone": "+12125550142", "locale": locales[place % 3]} for place, person in enumerate(_PEOPLE)]

    def whole(row: dict[str, Any]) -> None:
        values = values_for(row)
        body = template.render(values)
        rich.render(values)
        count_parts(body)

    values, bounds = [], []
    for _ in range(rounds):  # in turn, so that a noisy machine is noisy to both
        values.append(_rate(whole, rows, count))
        bounds.append(_rate(own.render, [values_for(row) for row in rows], count))
    report("render_rate", values=values, bounds=bounds, unit="texts/s", bound_name="the engine bare", n=count)


def _rate(act: Callable[[dict[str, Any]], object], given: list[dict[str, Any]], count: int) -> float:
    began = time.perf_counter()
    for step in range(count):
        act(given[step % len(given)])
    return count / (time.perf_counter() - began)
