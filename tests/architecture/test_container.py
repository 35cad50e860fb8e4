"""Do the image and the composition name commands, settings and files that exist?"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.main import get_command

from app.cli.main import app
from app.settings import Settings

_ROOT = Path(__file__).resolve().parents[2]
_DOCKERFILE = (_ROOT / "Dockerfile").read_text("utf-8")
_COMPOSE = (_ROOT / "compose.yaml").read_text("utf-8")


def _commands() -> set[str]:
    return set(getattr(get_command(app), "commands", {}))


def _services() -> dict[str, str]:
    """The services of the composition that run our image, as text."""
    found = re.split(r"^  (\w+):\n", _COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0], flags=re.MULTILINE)
    return {name: body for name, body in zip(found[1::2], found[2::2], strict=True) if "<<: *service" in body}


def test_every_role_of_the_composition_is_a_command() -> None:
    services = _services()
    assert {"migrate", "api", "worker", "simulator"} == services.keys()
    for name, body in services.items():
        command = re.search(r"^    command: \[(.*)\]$", body, re.MULTILINE)
        assert command, name
        if "entrypoint:" in body:
            assert "entrypoint: [python, -m, app.simulator]" in body
        else:
            assert command[1].split(", ")[0] in _commands(), name


def test_the_image_starts_a_command_from_files_that_are_there() -> None:
    entry, command = (re.search(rf"^{word} (\[.*\])$", _DOCKERFILE, re.MULTILINE) for word in ("ENTRYPOINT", "CMD"))
    assert entry and json.loads(entry[1]) == ["python", "-m", "app"]
    assert command and json.loads(command[1])[0] in _commands()
    admitted = re.findall(r"^!(.*)$", (_ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    copied = re.findall(r"^COPY ([a-z./]+) ", _DOCKERFILE, re.MULTILINE)
    assert sorted(copied) == sorted(admitted)
    assert all((_ROOT / source).exists() for source in copied)


def test_every_setting_that_is_passed_is_one() -> None:
    known = {f"TACTFUL_{name.upper()}" for name in Settings.model_fields} | {"TACTFUL_PUBLISHED_PORT"}
    passed = set(re.findall(r"TACTFUL_[A-Z_]+", _COMPOSE + _DOCKERFILE))
    assert passed and passed <= known


class _Answer(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health/ready" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _answering(status: int) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answer", (_Answer,), {"status": status}))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (404, False)])
def test_the_image_is_healthy_when_the_api_can_work(status: int, healthy: bool) -> None:
    asked = re.search(r'^HEALTHCHECK .* CMD \["python", "-c", "(.*)"\]$', _DOCKERFILE, re.MULTILINE)
    assert asked
    with _answering(status) as port:
        environment = {**os.environ, "TACTFUL_PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
        done = subprocess.run([sys.executable, "-c", asked[1]], env=environment, capture_output=True, check=False, timeout=20)
    assert (done.returncode == 0) == healthy, done.stderr
