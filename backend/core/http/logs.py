"""This file holds how logs are written: one line for each thing, JSON unless a person reads along."""

import logging.config
import re
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from core.audit.origin import origin

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# PostgreSQL quotes the values of a row in these lines of its errors.
QUOTED_ROW = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)


def configure(config: dict[str, Any]) -> None:
    """LOGGING_CONFIG: settings say {"level": ..., "readable": ...}; libraries' loggers go the same way as ours."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=()),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_request_id,
        structlog.processors.format_exc_info,
        without_quoted_rows,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Processor] = (
        [on_one_line, structlog.dev.ConsoleRenderer(colors=False)]
        if config["readable"]
        else [structlog.processors.JSONRenderer(serializer=as_line)]
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
                }
            },
            "filters": {"unhandled": {"()": Unhandled}},
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["console"], "level": config["level"]},
            # Django brings handlers of its own; and our line about a request says more than its does.
            "loggers": {
                "django": {"handlers": [], "propagate": True},
                "django.server": {"handlers": [], "level": "CRITICAL", "propagate": True},
                "django.request": {"level": "ERROR", "filters": ["unhandled"]},
            },
        }
    )


class Unhandled(logging.Filter):
    """Of what Django says about requests, only failures that no endpoint of ours has logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None


def add_request_id(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    if request_id := origin.get().request_id:
        event.setdefault("request_id", request_id)
    return event


def without_quoted_rows(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    if "exception" in event:
        event["exception"] = QUOTED_ROW.sub(r"\1: not logged", event["exception"])
    return event


def on_one_line(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Controls of all texts but a traceback as escapes, so that no value can look like a line of the log."""
    return {
        name: value if name == "exception" else CONTROLS.sub(lambda found: repr(found[0])[1:-1], str(value))
        for name, value in event.items()
    }


def as_line(event: EventDict, **options: Any) -> str:
    # JSON allows some characters in a text that viewers of logs take for the end of a line.
    return CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", orjson.dumps(event, default=str).decode())
