"""The README's examples run as they stand, and its table of settings is the settings."""

import asyncio
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.cli.stage import stage
from app.settings import Settings

_README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
_BLOCKS = re.findall(r"<!-- run -->\n```bash\n(.*?)```", _README, re.DOTALL)
_NOON = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)


async def _shell(script: str, environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        script,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.timeout(180)
async def test_the_examples_run_in_order_against_what_up_starts(settings: Settings) -> None:
    assert len(_BLOCKS) == 7
    noon = settings.model_copy(update={"clock_offset_seconds": (_NOON - datetime.now(UTC)).total_seconds()})
    async with stage(noon, name="readme", workers=1) as show:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # `python` is the one with the dependencies
        places = {"TACTFUL": show.url, "KEY": show.api_key, "SIMULATOR": show.simulator}
        said = await _shell("\n".join(_BLOCKS), {**places, "PATH": path})
    answers = _objects(said)
    verdicts = [answer["verdict"] for answer in answers if "verdict" in answer]
    assert verdicts[:2] == ["allow", "wait"] and verdicts[-1] == "never"
    assert any(answer.get("state") == "running" for answer in answers), said
    assert any("beyond_recall" in answer for answer in answers), said
    proved, _, touched = said.partition("complete and unaltered")
    assert proved and "NOT as it was written" in touched and "evidence is not what was recorded" in touched, said
    shown = re.findall(r"<!-- answer -->\n```json\n(.*?)```", _README, re.DOTALL)
    assert shown and all(json.loads(answer) in answers for answer in shown), said
    problems = [answer for answer in answers if "errors" in answer and answer["code"] != "wrong_state"]
    assert problems == [json.loads(answer) for answer in shown], said


def _objects(text: str) -> list[dict[str, Any]]:
    """Every JSON object in what a shell said, one after the other."""
    found: list[dict[str, Any]] = []
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            answer, end = decoder.raw_decode(text, at)
        except ValueError:
            end = at + 1
        else:
            found.append(answer)
        at = text.find("{", end)
    return found


def test_the_table_of_settings_is_the_settings() -> None:
    told = set(re.findall(r"`(TACTFUL_[A-Z_]+)`", _README.partition("| setting |")[2].partition("## ")[0]))
    known = {f"TACTFUL_{name.upper()}" for name in Settings.model_fields if name not in {"database_url", "redis_url"}}
    assert told == known


_TOLD = {
    "unset": None,
    "made once in the data folder": None,
    "1 MiB": 2**20,
    "1 GiB": 2**30,
    "64 MiB": 2**26,
    "true": True,
    "false": False,
}


def test_the_table_of_settings_tells_their_defaults() -> None:
    table = _README.partition("| setting |")[2].partition("## ")[0]
    seen = 0
    for names, defaults in re.findall(r"^\| (`[A-Z_`, ]+`) \| ([^|]+) \|", table, re.MULTILINE):
        settings = re.findall(r"`([A-Z_]+)`", names)
        values = [value.strip("` ") for value in (defaults.split(", ") if len(settings) > 1 else [defaults])]
        for name, told in zip(settings, values * len(settings) if len(values) == 1 else values, strict=True):
            default = Settings.model_fields[name.removeprefix("TACTFUL_").lower()].default
            assert (_TOLD[told] if told in _TOLD else type(default)(told)) == default, name
            seen += 1
    assert seen == len(Settings.model_fields)


def test_every_dependency_has_its_reason() -> None:
    project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8")
    listed = re.findall(
        r'^    "([a-z0-9-]+)[^"]*"', project.partition("dependencies = [")[2].partition("[tool.")[0], re.MULTILINE
    )
    reasons = _README.partition("## What each dependency is for")[2].partition("## ")[0]
    missing = [name for name in listed if name not in reasons and not name.startswith("pytest")]
    assert listed and not missing


def test_every_file_the_readme_names_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    named = set(re.findall(r"`((?:app|tests|workers|bench|examples|requirements)/[a-z0-9_/.*]*)`", _README))
    assert named and [path for path in sorted(named) if not list(root.glob(path.rstrip("/")))] == []
