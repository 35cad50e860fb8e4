"""How fast is it here? `python -m bench [figure ...]` prints one JSON line a figure, each with a bound from the same run."""

import argparse
import gc
from collections.abc import Callable

import structlog
import uvloop

from bench import audiences, decide, events, handover, imports, launch, ledger, receipts, redirects, registries, render, versus
from bench.stand import servers, stand

FIGURES = (
    "decide_rate",
    "render_rate",
    "import_rate",
    "event_rate",
    "registry_rate",
    "ledger_rate",
    "audience_count",
    "launch_rate",
    "materialise_rate",
    "handover_rate",
    "handover_vs_naive",
    "receipts_rate",
    "redirect_rate",
)


Sized = Callable[[int], int]


async def _data(wanted: set[str], database_url: str, redis_url: str, sized: Sized, rounds: int) -> None:
    """What comes in, is kept and is asked for."""
    if "import_rate" in wanted:
        async with stand(database_url, redis_url, name="imports") as place:
            await imports.measure(place, count=sized(50_000), rounds=rounds)
    if "event_rate" in wanted:
        async with stand(database_url, redis_url, name="events") as place:
            await events.measure(place, count=sized(60_000), rounds=rounds)
    if "registry_rate" in wanted:
        async with stand(database_url, redis_url, name="registries") as place:
            await registries.measure(place, count=sized(200_000), rounds=rounds)
    if "ledger_rate" in wanted:
        async with stand(database_url, redis_url, name="ledger") as place:
            await ledger.measure(place, count=sized(40_000), rounds=rounds)
    if "audience_count" in wanted:
        async with stand(database_url, redis_url, name="audiences") as place:
            await audiences.measure(place, sizes=(sized(10_000), sized(100_000)), rounds=rounds)


async def _run(wanted: set[str], database_url: str, redis_url: str, scale: float, rounds: int) -> None:
    def sized(count: int) -> int:
        return max(500, int(count * scale))

    await _data(wanted, database_url, redis_url, sized, rounds)
    if "launch_rate" in wanted:
        async with stand(database_url, redis_url, name="launch") as place:
            await launch.measure(place, count=sized(60_000), rounds=rounds)
    if "materialise_rate" in wanted:
        async with stand(database_url, redis_url, name="materialise") as place:
            await launch.measure_whole(place, count=sized(60_000), rounds=rounds)
    if wanted & {"handover_rate", "handover_vs_naive"}:
        async with stand(database_url, redis_url, name="handover") as place:
            runs = await handover.measure(place, count=sized(20_000), rounds=rounds)
        if "handover_vs_naive" in wanted:
            async with stand(database_url, redis_url, name="naive") as place:
                await versus.measure(place, pipeline=runs, count=sized(1_500))
    if "receipts_rate" in wanted:
        async with stand(database_url, redis_url, name="receipts") as place:
            await place.people(sized(10_000))
            await place.children.start("worker", ["app", "worker"], place.environment)
            await handover.pipeline_warm(place)
            await receipts.measure(place, count=sized(10_000), rounds=rounds)
    if "redirect_rate" in wanted:
        async with stand(database_url, redis_url, name="redirects") as place:
            await redirects.measure(place, count=sized(10_000), rounds=rounds)


def main() -> None:
    """Run the figures that were asked for, all by default. Loopback only; ends by itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", choices=[*FIGURES, []], default=[])
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies how much is measured")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    wanted = set(given.figures or FIGURES)
    gc.collect()
    gc.freeze()  # as the API and the workers do when they start
    if "decide_rate" in wanted:
        decide.measure(count=int(200_000 * given.scale), rounds=given.rounds)
    if "render_rate" in wanted:
        render.measure(count=int(200_000 * given.scale), rounds=given.rounds)
    if wanted - {"decide_rate", "render_rate"}:
        with servers() as (database_url, redis_url):
            uvloop.run(_run(wanted, database_url, redis_url, given.scale, given.rounds))


if __name__ == "__main__":
    main()
