"""What does a program that uses the engines look like? `python -m tests.embedded.user FOLDER` holds them until its input ends.

With a second word it first becomes that uid, which only root may do: an ordinary user's program, wherever our Python lives.
"""

import os
import sys
from pathlib import Path

from app.embedded.engines import engines


def main(folder: str, uid: str = "") -> None:
    """Hold the engines; say their URLs in a line."""
    if uid:
        os.setgroups([])
        os.setgid(int(uid))
        os.setuid(int(uid))
    with engines(Path(folder), durable=False) as servers:
        sys.stdout.write(f"{servers.database_url} {servers.redis_url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
