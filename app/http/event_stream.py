"""How is something followed live? Server-sent events, one way for everything that moves, and how the document tells of it."""

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import orjson
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

State = TypeVar("State")


def documented_stream(view: type[BaseModel], *, what: str, example: str) -> dict[int | str, dict[str, Any]]:
    """The document's 200 of a stream of `view`s; `what` names what each event carries."""
    event = {
        "type": "object",
        "properties": {
            "event": {"type": "string", "enum": ["progress", "end"]},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": f"#/components/schemas/{view.__name__}"},
            },
        },
    }
    content = {"schema": event, "example": {"event": "progress", "data": example}}
    description = f"`progress` events with {what}, then one `end`; the schema is that of one event"
    return {200: {"description": description, "content": {"text/event-stream": content}}}


def event_stream(following: AsyncIterator[State | None], shape: Callable[[State], BaseModel]) -> StreamingResponse:
    """Each state as a `progress` event, a comment for each None (still here), and the last state again as `end`."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(following, shape), media_type="text/event-stream", headers=headers)


async def _events(following: AsyncIterator[State | None], shape: Callable[[State], BaseModel]) -> AsyncIterator[bytes]:
    data = b"{}"
    async for state in following:
        if state is None:
            yield b": still here\n\n"
            continue
        data = orjson.dumps(shape(state).model_dump(mode="json"))
        yield b"event: progress\ndata: " + data + b"\n\n"
    yield b"event: end\ndata: " + data + b"\n\n"
