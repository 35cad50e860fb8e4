"""What do `up` and `demo` run? Engines, schema, a workspace with a key; then simulator, API and workers, each a process."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from app.cli.processes import Processes, free_port, processes
from app.clock import Clock
from app.embedded.engines import engines
from app.runtime import open_runtime, secret_key
from app.settings import Settings, inherited_environment
from app.storage import migrations
from app.usecases.api_keys import create_first_key
from app.usecases.workspaces import create_workspace

ACCOUNT_SID = "AC" + "0" * 30 + "01"
AUTH_TOKEN = "simulated-auth-token"  # noqa: S105  # the simulator's, not a secret
SENDER_NUMBER = "+15005550006"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything running: where it answers, and a key that may do anything in its one workspace."""

    url: str
    simulator: str
    api_key: str
    workspace_id: UUID
    settings: Settings
    children: Processes


async def _with_engines(settings: Settings, stack: AsyncExitStack) -> Settings:
    """Settings that name a database and a Redis: the given ones, else embedded engines that stop with the stage."""
    if settings.database_url and settings.redis_url:
        return settings
    started = stack.enter_context(engines(settings.data_folder / "engines"))
    return settings.model_copy(
        update={
            "database_url": settings.database_url or started.database_url,
            "redis_url": settings.redis_url or started.redis_url,
        }
    )


def _environment(settings: Settings) -> dict[str, str]:
    """What a child process is given: this process's environment with the stage's settings over it."""
    return {
        **inherited_environment(),
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "TACTFUL_SECRET_KEY": secret_key(settings).hex(),
        "TACTFUL_PUBLIC_URL": settings.public_url,
        "TACTFUL_HOST": settings.host,
        "TACTFUL_PORT": str(settings.port),
        "TACTFUL_CLOCK_OFFSET_SECONDS": str(settings.clock_offset_seconds),
        "TACTFUL_RECEIPT_WAIT_HOURS": str(settings.receipt_wait_hours),
        "TACTFUL_HANDOVER_TIMEOUT_SECONDS": str(settings.handover_timeout_seconds),
        "TACTFUL_LEASE_SECONDS": str(settings.lease_seconds),
        "TACTFUL_ALLOW_PRIVATE_PROVIDER_URLS": "true",
    }


async def _workspace(settings: Settings, name: str) -> tuple[UUID, str]:
    async with open_runtime(settings, role="setup") as context, context.db.transaction() as tx:
        workspace_id = await create_workspace(tx, name=name, now=context.clock.now())
        secret = await create_first_key(tx, workspace_id=workspace_id, name=name, now=context.clock.now())
    return workspace_id, secret


@asynccontextmanager
async def stage(
    settings: Settings, *, name: str, workers: int, simulator_config: dict[str, object] | None = None, port: int | None = None
) -> AsyncIterator[Stage]:
    """Start everything, yield when the API answers, and leave no process behind."""
    async with AsyncExitStack() as stack:
        port = port or free_port()
        settings = settings.model_copy(update={"host": "127.0.0.1", "port": port, "public_url": f"http://127.0.0.1:{port}"})
        settings = await _with_engines(settings, stack)
        assert settings.database_url is not None
        await asyncio.to_thread(migrations.upgrade, settings.database_url)
        workspace_id, api_key = await _workspace(settings, name)
        children = await stack.enter_async_context(processes(settings.data_folder / "logs" / name))
        environment = _environment(settings)
        simulator_port = free_port()
        config = {
            "accounts": {ACCOUNT_SID: AUTH_TOKEN},
            "senders": [SENDER_NUMBER],
            "clock_offset_seconds": settings.clock_offset_seconds,
            **(simulator_config or {}),
        }
        await children.start(
            "simulator",
            ["app.simulator", "--port", str(simulator_port), "--config", json.dumps(config)],
            environment,
        )
        await children.start("api", ["app", "serve"], environment)
        for number in range(1, workers + 1):
            await children.start(f"worker-{number}", ["app", "worker"], environment)
        simulator = f"http://127.0.0.1:{simulator_port}"
        await children.until_answering(f"{simulator}/admin/summary")
        await children.until_answering(f"{settings.public_url}/health/ready")
        yield Stage(
            url=settings.public_url,
            simulator=simulator,
            api_key=api_key,
            workspace_id=workspace_id,
            settings=settings,
            children=children,
        )


def logs_of(settings: Settings, name: str) -> Path:
    """Where the children of a stage write."""
    return settings.data_folder / "logs" / name


__all__ = ["ACCOUNT_SID", "AUTH_TOKEN", "SENDER_NUMBER", "Clock", "Stage", "logs_of", "stage"]
