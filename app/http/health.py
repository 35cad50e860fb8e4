"""Is this process alive, and can it work? For supervisors and load balancers; no key needed."""

from fastapi import APIRouter, Response

from app.domain.zones import zone_data_version
from app.http.deps import ContextDep
from app.http.problems import documented
from app.http.shapes import View

router = APIRouter(prefix="/health", tags=["health"])


class Alive(View):
    """The process answers."""

    status: str = "ok"


class Ready(View):
    """The process can work."""

    status: str = "ok"
    database: bool
    time_zone_data: str


@router.get("/live", summary="Is the process alive?")
async def live() -> Alive:
    """Answers as long as the process runs; asks nothing of the database."""
    return Alive()


@router.get("/ready", summary="Can the process work?", responses={503: documented(503)[503]})
async def ready(context: ContextDep, response: Response) -> Ready:
    """Asks the database. 503 when it cannot be reached."""
    async with context.db.transaction() as tx:
        reachable = await tx.fetch_value("SELECT true")
    response.headers["Cache-Control"] = "no-store"
    return Ready(database=bool(reachable), time_zone_data=zone_data_version())
