"""How does the log of a running node look? Lines for people on a terminal, JSON for machines.

What is logged are events, codes and ids, never bodies, names or secrets.
"""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logging(*, verbose: bool = False) -> None:
    """Send everything that modules log to standard error."""
    chain: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    logging.getLogger("integra_node").setLevel(logging.INFO)
    logging.getLogger("integra_hub").setLevel(logging.INFO)
