"""What is in the repository? Its files as text and, for Python, as syntax trees with names resolved to what they import."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath


def git() -> str:
    """The git of this machine."""
    found = shutil.which("git")
    assert found is not None, "these tests ask git which files belong to the repository"
    return found


@dataclass(frozen=True)
class Source:
    """One Python file of a tree."""

    path: PurePosixPath
    text: str

    @cached_property
    def syntax(self) -> ast.Module:
        """The file's syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each imported name stands for, dotted: `from datetime import datetime as dt` gives dt -> datetime.datetime."""
        found: dict[str, str] = {}
        for node in ast.walk(self.syntax):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.name.partition(".")[0]  # `import a.b` binds a
                    found[alias.asname or bound] = alias.name if alias.asname else bound
            elif isinstance(node, ast.ImportFrom):
                found |= {alias.asname or alias.name: f"{node.module or ''}.{alias.name}" for alias in node.names}
        return found

    def dotted(self, node: ast.expr) -> str:
        """The full name of `a.b.c`, as far as imports tell; empty for anything that is not a chain of names."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            before = self.dotted(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""

    def is_in(self, *folders: str) -> bool:
        """Does the file lie in one of the folders?"""
        return any(PurePosixPath(folder) in (self.path, *self.path.parents) for folder in folders)


@dataclass(frozen=True)
class Tree:
    """A repository's files."""

    root: Path

    @cached_property
    def files(self) -> list[PurePosixPath]:
        """Every file git tracks, and every one it would track if it were added now."""
        command = [git(), "-C", str(self.root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        return [PurePosixPath(name) for name in sorted(listed) if name and (self.root / name).is_file()]

    @cached_property
    def sources(self) -> list[Source]:
        """Every Python file."""
        return [Source(path, (self.root / path).read_text("utf-8")) for path in self.files if path.suffix == ".py"]

    def texts(self) -> Iterator[tuple[PurePosixPath, str]]:
        """Every file that is text."""
        for path in self.files:
            try:
                yield path, (self.root / path).read_text("utf-8")
            except UnicodeDecodeError:
                continue
