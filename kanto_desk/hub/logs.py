"""The hub's log: one JSON object a line, with nothing that people typed. Errors are told by kind and place alone."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Final, TextIO

LOG: Final = logging.getLogger("kanto_desk.hub")


class JsonLines(logging.Formatter):
    """One line of JSON. `extra={"told": {...}}` adds keys; an exception gives its class and where it came from.

    The words of an exception are left out: a driver or a parser may quote what a record holds.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, object] = {"at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
                                   "level": record.levelname.lower(), "event": _event(record),
                                   **getattr(record, "told", {})}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            line["where"] = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
                             for frame in traceback.extract_tb(error.__traceback__)[-12:]]
        return json.dumps(line, ensure_ascii=False)


def _event(record: logging.LogRecord) -> str:
    """Our own events are words; of other libraries the pattern of the message, without what was put into it."""
    text = str(record.msg)
    return text if record.name == LOG.name else text.splitlines()[0][:120] if text else record.name


def log_to(stream: TextIO = sys.stderr) -> None:
    """Send the log of the hub and of its server to a stream; at the level of information, warnings for the server."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    for name, level in ((LOG.name, logging.INFO), ("uvicorn", logging.WARNING), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)
