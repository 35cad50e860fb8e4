"""What do the engines' tests share? One made cluster, and programs that use it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.embedded.engines import stop
from tests.embedded.harness import Program, launch, scratch


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder whose cluster is made by the first test that starts it."""
    with scratch() as parent:
        yield parent / "var"


@pytest.fixture
def folder(made: Path) -> Iterator[Path]:
    """The module's data folder, at rest before and after the test."""
    yield made
    stop(made)


@pytest.fixture
def use() -> Iterator[Callable[..., Program]]:
    """Start a program that uses the engines of a folder; `use(folder)` returns when it has them."""
    with ExitStack() as stack:

        def begin(folder: Path, *words: str) -> Program:
            program = stack.enter_context(launch(folder, *words))
            assert program.stdout is not None
            assert program.stdout.readline().startswith("postgresql+asyncpg://"), "the program did not get its engines"
            return program

        yield begin
