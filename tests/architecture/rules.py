"""What does the house ask that neither the linter nor the import graph can check? Each rule lists what offends against it."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from tests.architecture.tree import Source, Tree

Rule = Callable[[Tree], Iterator[str]]

_DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers"}
_FILE_LINES, _FUNCTION_LINES = 350, 60
_LONG_ON_PURPOSE = {
    "alembic/versions": "a migration is written once and never worked on again",
}
_ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
_CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid.uuid7",
}
_OPENERS = {
    "create_async_engine",
    "create_engine",
    "create_pool",
    "open_redis",
    "open_runtime",
    "create_app",
    "ClientBuilder",
    "AsyncClient",
    "Redis",
    "from_url",
    "Settings",
    "Context",
    "Database",
    "Popen",
    "Thread",
    "connect",
    "open",
}
_PLACES = {
    "a machine's path": re.compile(r"(?<![\w.%-])/(?:home|root|work|Users)/"),
    "a package registry": re.compile(r"(?:pypi|pythonhosted|npmjs|npmmirror)\.(?:org|com)|--(?:extra-)?index-url[ =]"),
}


def packages_are_empty(tree: Tree) -> Iterator[str]:
    """An `__init__.py` has nothing in it: what a package offers is found by opening its files."""
    for source in tree.sources:
        if source.path.name == "__init__.py" and source.text.strip():
            yield f"{source.path} is not empty"


def files_are_named_by_what_they_know(tree: Tree) -> Iterator[str]:
    """No drawer into which anything fits."""
    for source in tree.sources:
        for part in (*source.path.parent.parts, source.path.stem):
            if part.lower().strip("_") in _DRAWERS:
                yield f"{source.path}: {part!r} does not say what it knows"


def files_begin_with_their_question(tree: Tree) -> Iterator[str]:
    """The first statement of a file is its docstring."""
    for source in tree.sources:
        if source.text.strip() and not ast.get_docstring(source.syntax):
            yield f"{source.path} does not begin with a docstring"


def files_are_small(tree: Tree) -> Iterator[str]:
    """A file and a function fit into one head."""
    for source in tree.sources:
        if source.is_in(*_LONG_ON_PURPOSE):
            continue
        lines = source.text.count("\n")
        if lines > _FILE_LINES:
            yield f"{source.path} has {lines} lines, more than {_FILE_LINES}"
        for function in _functions(source.syntax):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > _FUNCTION_LINES:
                yield f"{source.path}: {function.name} has {lines} lines, more than {_FUNCTION_LINES}"


def what_is_public_is_explained(tree: Tree) -> Iterator[str]:
    """Every public class, function and method of the service has a docstring."""
    for source in tree.sources:
        if source.is_in("app", "workers"):
            yield from (f"{source.path}: {name} has no docstring" for name in _unexplained(source.syntax, ""))


def one_file_reads_the_environment(tree: Tree) -> Iterator[str]:
    """Only app/settings.py; everything else is told."""
    for source in tree.sources:
        if source.is_in("app", "workers", "alembic") and source.path != PurePosixPath("app/settings.py"):
            yield from _mentions(source, _ENVIRONMENT)


def one_file_reads_the_clock(tree: Tree) -> Iterator[str]:
    """Only app/clock.py reads the wall clock and makes ids; everything else takes `now` and ids as arguments."""
    for source in tree.sources:
        if source.is_in("app", "workers", "alembic") and source.path != PurePosixPath("app/clock.py"):
            yield from _mentions(source, _CLOCK)


def nobody_commits(tree: Tree) -> Iterator[str]:
    """A transaction is a block: leaving it commits."""
    for source in tree.sources:
        if source.is_in("app", "workers"):
            for node in ast.walk(source.syntax):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                    yield f"{source.path}:{node.lineno} calls .commit()"


def importing_opens_nothing(tree: Tree) -> Iterator[str]:
    """Nothing live at module level: everything with a lifetime is opened by app/runtime.py."""
    for source in tree.sources:
        if source.is_in("app", "workers"):
            for call in _calls_at_import(source.syntax.body):
                name = source.dotted(call.func).rpartition(".")[2] or getattr(call.func, "attr", "")
                if name in _OPENERS:
                    yield f"{source.path}:{call.lineno} calls {name}() when it is imported"


def tests_use_the_real_parts(tree: Tree) -> Iterator[str]:
    """No mock, no patch: a test that replaces a part proves nothing about it."""
    for source in tree.sources:
        if source.is_in("tests"):
            yield from _mentions(source, {"unittest.mock", "mock"})
            for function in _functions(source.syntax):
                if any(argument.arg == "monkeypatch" for argument in function.args.args):
                    yield f"{source.path}: {function.name} patches"


def no_file_knows_a_machine(tree: Tree) -> Iterator[str]:
    """No path of somebody's machine and no package registry: the repository works wherever it is put."""
    for path, text in tree.texts():
        for number, line in enumerate(text.splitlines(), start=1):
            for what, pattern in _PLACES.items():
                if pattern.search(line):
                    yield f"{path}:{number} names {what}"


RULES: tuple[Rule, ...] = (
    packages_are_empty,
    files_are_named_by_what_they_know,
    files_begin_with_their_question,
    files_are_small,
    what_is_public_is_explained,
    one_file_reads_the_environment,
    one_file_reads_the_clock,
    nobody_commits,
    importing_opens_nothing,
    tests_use_the_real_parts,
    no_file_knows_a_machine,
)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _unexplained(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            if not ast.get_docstring(child):
                yield f"{prefix}{child.name}"
            if isinstance(child, ast.ClassDef):
                yield from _unexplained(child, f"{prefix}{child.name}.")


def _mentions(source: Source, forbidden: set[str]) -> Iterator[str]:
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Attribute | ast.Name) and source.dotted(node) in forbidden:
            yield f"{source.path}:{node.lineno} uses {source.dotted(node)}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                if module in forbidden or f"{module}.{alias.name}".strip(".") in forbidden:
                    yield f"{source.path}:{node.lineno} imports {module}.{alias.name}".replace(" .", " ")


def _calls_at_import(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """Calls that run when the module is imported: not those inside functions, but those in their decorators and defaults."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and ast.unparse(node.test.left) == "__name__":
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*node.decorator_list, *node.args.defaults, *(value for value in node.args.kw_defaults if value)]
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting += ast.iter_child_nodes(node)
