"""Does the repository keep the house rules, and would each rule notice if it did not?"""

import subprocess
from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.rules import RULES, Rule
from tests.architecture.tree import Tree, git

_REPOSITORY = Tree(Path(__file__).resolve().parents[2])

_HOME = "home"
_REGISTRY = ".".join(("pypi", "org"))  # noqa: FLY002 - in two pieces, so that this file keeps the rule too

# rule, file, a text that offends, what is said of it, a text beside it that does not offend
_SAMPLES: list[tuple[Rule, str, str, str, str]] = [
    (rules.packages_are_empty, "app/__init__.py", "import os\n", "app/__init__.py is not empty", "\n"),
    (rules.files_are_named_by_what_they_know, "app/sms/utils.py", "", "app/sms/utils.py: 'utils'", "NOT A FILE"),
    (rules.files_are_named_by_what_they_know, "tests/helpers/x.py", "", "'helpers' does not say", "NOT A FILE"),
    (rules.files_begin_with_their_question, "bench/a.py", "import os\n", "bench/a.py does not begin", '"""What?"""\n'),
    (rules.files_are_small, "app/a.py", "\n" * 351, "has 351 lines", "\n" * 350),
    (rules.files_are_small, "app/a.py", "def f():\n" + " 1\n" * 60, "f has 61 lines", "def f():\n" + " 1\n" * 59),
    (rules.what_is_public_is_explained, "app/a.py", "def f(): pass", "app/a.py: f has no", "def _f(): pass"),
    (
        rules.what_is_public_is_explained,
        "app/a.py",
        "class C:\n '''x'''\n async def m(self): pass",
        "C.m has no",
        "class C:\n '''x'''\n async def m(self): 'says'\n def __init__(self): pass",
    ),
    (
        rules.one_file_reads_the_environment,
        "app/a.py",
        "import os\nos.environ['A']",
        "a.py:2 uses os.environ",
        "import os\nos.sep",
    ),
    (rules.one_file_reads_the_environment, "workers/a.py", "from os import getenv", "imports os.getenv", "from os import sep"),
    (
        rules.one_file_reads_the_clock,
        "app/domain/a.py",
        "from datetime import datetime as dt\nx = dt.now()",
        "a.py:2 uses datetime.datetime.now",
        "from datetime import datetime as dt\nx = dt.max",
    ),
    (rules.one_file_reads_the_clock, "app/a.py", "import time\ntime.time()", "uses time.time", "import time\ntime.monotonic()"),
    (rules.one_file_reads_the_clock, "app/a.py", "from uuid import uuid4", "imports uuid.uuid4", "from uuid import UUID"),
    (rules.nobody_commits, "app/usecases/a.py", "def f(tx):\n tx.commit()", "a.py:2 calls .commit()", "def f(tx):\n tx.run()"),
    (
        rules.importing_opens_nothing,
        "app/a.py",
        "import redis.asyncio as r\nclient = r.Redis()",
        "a.py:2 calls Redis()",
        "import redis.asyncio as r\ndef f():\n return r.Redis()",
    ),
    (rules.importing_opens_nothing, "app/a.py", "def f(x=create_async_engine('')): pass", "calls create_async_engine()", "f(1)"),
    (rules.importing_opens_nothing, "app/a.py", "class C:\n s = Settings()", "calls Settings()", "class C:\n s = Other()"),
    (
        rules.importing_opens_nothing,
        "app/a.py",
        "c = ClientBuilder().timeout(1).build()",
        "calls ClientBuilder()",
        "c = lambda: open('')",
    ),
    (
        rules.tests_use_the_real_parts,
        "tests/a.py",
        "from unittest.mock import Mock",
        "imports unittest.mock.Mock",
        "import unittest",
    ),
    (
        rules.tests_use_the_real_parts,
        "tests/a.py",
        "from unittest import mock",
        "imports unittest.mock",
        "from unittest import case",
    ),
    (rules.tests_use_the_real_parts, "tests/a.py", "def test_x(monkeypatch): ...", "test_x patches", "def test_x(tmp_path): ..."),
    (rules.no_file_knows_a_machine, "README.md", f"see /{_HOME}/ann/notes", "README.md:1 names a machine", "see /homes"),
    (rules.no_file_knows_a_machine, "a/b.txt", f"https://{_REGISTRY}/x", "a/b.txt:1 names a package registry", "a package index"),
]


def sample(root: Path, name: str, text: str) -> Tree:
    """A repository of one file."""
    subprocess.run([git(), "init", "-q", str(root)], check=True)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")
    return Tree(root)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_its_rules(rule: Rule) -> None:
    assert list(rule(_REPOSITORY)) == [], rule.__doc__


@pytest.mark.parametrize(("rule", "name", "offends", "said", "keeps"), _SAMPLES)
def test_a_rule_notices(tmp_path: Path, rule: Rule, name: str, offends: str, said: str, keeps: str) -> None:
    (offence,) = rule(sample(tmp_path / "offends", name, offends))
    assert said in offence
    if keeps != "NOT A FILE":
        assert list(rule(sample(tmp_path / "keeps", name, keeps))) == []


def test_every_rule_has_been_seen_to_notice() -> None:
    assert {rule for rule, *_ in _SAMPLES} == set(RULES)


def test_the_repository_is_looked_at() -> None:
    seen = {source.path.parts[0] for source in _REPOSITORY.sources}
    assert {"app", "tests", "workers", "bench", "alembic"} <= seen
