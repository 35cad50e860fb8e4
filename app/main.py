"""Which app answers HTTP? `create_app` puts routers, problems and the runtime's life together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.http import health, metrics, problems
from app.http.body_limit import BodyLimit
from app.http.openapi import install_openapi
from app.http.routers import ROUTERS
from app.http.webhooks import webhook_route
from app.pages import confirm
from app.pages.opt_out import opt_out_route
from app.pages.short_links import LinkGate
from app.runtime import open_runtime
from app.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The API of one process. Adapters open with its lifespan and close with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_runtime(settings, role="api") as context:
            app.state.context = context
            yield

    # A redirection would lead to whatever the Host header says; a path with a slash too many is simply none of ours.
    app = FastAPI(title="Tactful", lifespan=lifespan, docs_url="/docs", redoc_url=None, redirect_slashes=False)
    app.include_router(health.router)
    app.include_router(metrics.router)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    app.router.routes.insert(0, webhook_route())  # first: receipts come at many times the rate of all else
    app.router.routes.append(opt_out_route())
    app.include_router(confirm.router)
    problems.install(app)
    install_openapi(app)
    app.add_middleware(
        BodyLimit,
        limit=settings.max_json_bytes,
        larger={"/v1/imports": settings.max_import_bytes, "/v1/registries/*/files": settings.max_registry_bytes},
        self_limited=("/webhooks/",),  # they count what they refuse
    )
    # Added last, it comes first: a person waits for it before the page even begins to load.
    app.add_middleware(LinkGate, public_url=settings.public_url, links_begin=settings.links_begin)
    return app
