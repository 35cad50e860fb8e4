"""What does an asynchronous program that uses the engines look like? asyncio takes Ctrl-C for itself, and cancels first."""

import asyncio
import sys
from pathlib import Path

from app.embedded.engines import EngineError, engines


async def main(folder: Path) -> None:
    """Hold the engines for a minute. A failed start must look like one, not like Ctrl-C, and the other way round."""
    try:
        with engines(folder, durable=False):
            await asyncio.sleep(60)
    except EngineError as error:
        raise SystemExit(f"not interrupted but failed: {error}") from error


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
