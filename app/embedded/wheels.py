"""Where are the programs inside the installed wheels? Found without importing the packages, whose import has side effects."""

from importlib.util import find_spec
from pathlib import Path

from app.embedded.errors import EngineError


def program(package: str, pattern: str) -> Path:
    """The one executable of an installed package that matches a glob below it. Raises EngineError when there is none."""
    spec = find_spec(package)
    found = [] if spec is None or spec.origin is None else sorted(Path(spec.origin).parent.glob(pattern))
    if not found:
        raise EngineError(f"no program of the package {package} is installed for this platform: set DATABASE_URL and REDIS_URL")
    return found[0].resolve()
