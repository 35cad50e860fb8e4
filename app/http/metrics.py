"""What does this process measure? Plain Prometheus text for the scraper; no key needed."""

from typing import Any

from fastapi import APIRouter, Response

from app.http.deps import ContextDep
from app.usecases.count_breakers import count_breakers

router = APIRouter(tags=["health"])


_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response, responses=_TEXT)
async def metrics(context: ContextDep) -> Response:
    """Figures of this process in the text format Prometheus reads. Scrape every process: nothing is added up between them."""
    await count_breakers(context)
    return Response(context.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
