"""How are logs written? One JSON object a line on stderr, an event name and fields, with every number in them masked."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

_NUMBER = re.compile(r"(?<![0-9A-Za-z-])\+?[0-9]{7,15}(?![0-9A-Za-z-])")
_NEVER = frozenset({"body", "credentials", "authorization", "api_key", "secret", "auth_token", "phone", "to", "from_number"})


def mask(text: str) -> str:
    """The text with every run of digits that could be a phone number cut to its last two."""
    return _NUMBER.sub(lambda found: "…" + found.group()[-2:], text)


def _masked(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if name in _NEVER:
            event[name] = "[masked]"
        elif isinstance(value, str) and name != "timestamp":
            event[name] = mask(value)
    return event


def configure_logs(level: str) -> None:
    """Set structlog and the standard library's logging up for this process. Called once by each entry point."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _masked,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str).decode()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str).decode()),
            ],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)
