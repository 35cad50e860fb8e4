"""How is the simulated carrier run? `python -m app.simulator --port 9000 --seed 7 --lose-answer 0.01`, until SIGTERM."""

import argparse
import json
import signal
import sys
from functools import partial
from types import FrameType
from typing import Any

from app.simulator.app import create_simulator
from app.simulator.config import SimulatorConfig, flags, read_config
from app.simulator.config_values import BadConfig
from app.simulator.server import SimulatorServer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.simulator", description=SimulatorConfig.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0: any that is free")
    parser.add_argument("--config", default="{}", help="settings as one JSON object; flags go before it")
    for name, kind in flags().items():
        switch: dict[str, Any] = {"action": argparse.BooleanOptionalAction} if kind is bool else {"type": kind}
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, default=None, **switch)
    return parser


def _config(given: argparse.Namespace) -> SimulatorConfig:
    return read_config(given.config).changed({name: value for name in flags() if (value := getattr(given, name)) is not None})


def _listening(host: str, port: int) -> None:
    sys.stdout.write(json.dumps({"simulator": f"http://{host}:{port}"}) + "\n")
    sys.stdout.flush()


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> None:
    """Serve, on 127.0.0.1 if nothing else is said; prints one JSON line when it listens, and ends with status 0 when asked to."""
    parser = _parser()
    given = parser.parse_args()
    try:
        config = _config(given)
    except BadConfig as error:
        parser.error(str(error))
    # uvicorn stops gently on these, and then raises them again for whoever handled them before: that is us, and we just end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    listening = partial(_listening, given.host)
    SimulatorServer(create_simulator(config), host=given.host, port=given.port, listening=listening).run()


if __name__ == "__main__":
    main()
