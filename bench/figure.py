"""How is a figure printed? One JSON line: what was measured, and the bound measured beside it in the same run."""

import json
import statistics
from collections.abc import Awaitable, Callable, Sequence


def report(name: str, *, values: Sequence[float], bounds: Sequence[float], unit: str, bound_name: str, n: int) -> None:
    """Print the medians and their ratio; every single run stands beside them."""
    value, bound = statistics.median(values), statistics.median(bounds)
    line = {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "bound": round(bound, 1),
        "bound_name": bound_name,
        "ratio": round(value / bound, 4) if bound else None,
        "n": n,
        "runs": [round(one, 1) for one in values],
        "bound_runs": [round(one, 1) for one in bounds],
    }
    print(json.dumps(line), flush=True)


async def interleaved(
    rounds: int, value: Callable[[], Awaitable[float]], bound: Callable[[], Awaitable[float]]
) -> tuple[list[float], list[float]]:
    """Measure both in turn, so that a noisy machine is noisy to both."""
    values, bounds = [], []
    for _ in range(rounds):
        values.append(await value())
        bounds.append(await bound())
    return values, bounds
