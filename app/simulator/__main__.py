"""How is the simulated carrier run? `python -m app.simulator --port 9000 --config '{"seed": 7, ...}'`, until SIGTERM."""

import argparse
import asyncio
import json

import uvicorn

from app.simulator.app import create_simulator
from app.simulator.config import SimulatorConfig, read_config


async def _serve(server: uvicorn.Server, host: str, port: int) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn offers a flag, not an event
        await asyncio.sleep(0.01)  # uvicorn offers a flag, not an event
    print(json.dumps({"simulator": f"http://{host}:{port}"}), flush=True)
    await serving


def main() -> None:
    """Serve, on 127.0.0.1 if nothing else is said; prints one JSON line when it listens."""
    parser = argparse.ArgumentParser(description=SimulatorConfig.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--config", default="{}", help="settings as one JSON object; see the description")
    given = parser.parse_args()
    config = uvicorn.Config(
        create_simulator(read_config(given.config)),
        host=given.host,
        port=given.port,
        access_log=False,
        log_level="critical",  # a lost answer is this carrier's own doing, not an error to report
        timeout_graceful_shutdown=2,
    )
    asyncio.run(_serve(uvicorn.Server(config), given.host, given.port))


if __name__ == "__main__":
    main()
