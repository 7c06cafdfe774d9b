"""How does systemd learn that the node is ready? One datagram (sd_notify protocol)."""

from __future__ import annotations

import os
import socket


def notify_ready() -> None:
    """Say that the node serves."""
    _send("READY=1")


def notify_stopping() -> None:
    """Say that the node is going down on purpose."""
    _send("STOPPING=1")


def _send(state: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.send(state.encode())
