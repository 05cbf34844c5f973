"""Connections to PostgreSQL that lay still for a while are asked whether they still live, before they are used again.

Asking at each use was three more round trips a request. One that ends while it is in use makes its request fail as a
busy hub does (`guarding`): the laptop comes again.
"""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

REST: Final = 5.0
"""Seconds after which a connection is asked: a server that was started anew has ended all of them."""


def ask_after_rest(engine: Engine, rest: float = REST) -> None:
    """Ask connections of this engine that were given back at least so many seconds ago."""

    def back(_connection: Any, record: Any) -> None:
        record.info["back"] = time.monotonic()

    def out(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("back", time.monotonic()) < rest:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error   # all of them, and another one is made

    event.listen(engine, "checkin", back)
    event.listen(engine, "checkout", out)
