"""How are the embedded engines started and stopped by hand? `python -m app.embedded start|stop|status [FOLDER]`."""

import sys
from pathlib import Path

from app.embedded.engines import EngineError, running, start, stop

_USAGE = "usage: python -m app.embedded start|stop|status [FOLDER, by default var]"


def main(words: list[str]) -> int:
    """Do what the words say; the exit status: 0, or 1 when it failed or `status` finds nothing running, or 2 for wrong words."""
    if not 1 <= len(words) <= 2 or words[0] not in {"start", "stop", "status"}:
        sys.stderr.write(_USAGE + "\n")
        return 2
    folder = Path(words[1] if len(words) > 1 else "var")
    try:
        if words[0] == "status":
            return 0 if running(folder) else 1
        if words[0] == "stop":
            stop(folder)
            return 0
        servers = start(folder)
    except EngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"DATABASE_URL={servers.database_url}\nREDIS_URL={servers.redis_url}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
