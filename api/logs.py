"""The log: one line a record on standard error, with the request it belongs to."""

import logging
import sys

from api.request_id import WithRequestId

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


def configure_logs(level: str) -> None:
    """Sends every logger's records from this level on to standard error; libraries' chatter from `warning` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(WithRequestId())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("frontrow").setLevel(level.upper())
    logging.getLogger("asyncpg").setLevel(logging.ERROR)  # warns each second that a database is away
