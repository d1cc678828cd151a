"""The sockets that are listened on: never more connections open than this machine has room for.

Whoever connects and sends nothing, or half a request, holds a connection for as long as they like, before any sign-in
is looked at. So each address gets a few and all together get some; the oldest gives way to the next one that comes,
unless a counter is drawn through it.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable, Collection
from typing import NamedTuple

from clerk.serve.throttle import network

FROM_ONE = 64
"""Connections of one address: a browser opens six, and several tablets may share an address."""

AT_ONCE = 256
"""Connections altogether: each may hold a script of half a megabyte that its browser does not take."""


class _Connection(NamedTuple):
    socket: socket.socket
    network: str


class Door(socket.socket):
    """One listening socket that lets the oldest connection go when there are too many.

    Args:
        family: IPv4 or IPv6.
        kept: gives the file numbers of connections that counters are drawn through.
    """

    def __init__(self, family: int, kept: Callable[[], Collection[int]]) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._kept = kept
        self._admitted: list[_Connection] = []
        """Oldest first; those that have ended meanwhile are taken out at the next one that comes."""

    def accept(self) -> tuple[socket.socket, object]:
        """The next connection. Effect: the oldest is ended when there are too many of its address, or altogether."""
        connection, address = super().accept()
        where = network(address[0]) if isinstance(address, tuple) else ""
        self._admitted = [one for one in self._admitted if one.socket.fileno() >= 0]
        same = [one for one in self._admitted if one.network == where]
        if len(same) >= FROM_ONE:
            self._let_go(same)
        elif len(self._admitted) >= AT_ONCE:
            self._let_go(self._admitted)
        self._admitted.append(_Connection(connection, where))
        return connection, address

    def _let_go(self, among: list[_Connection]) -> None:
        kept = self._kept()
        oldest = next((one for one in among if one.socket.fileno() not in kept), None)
        if oldest is not None:
            self._admitted = [one for one in self._admitted if one is not oldest]
            # The loop reads the end of it and closes it, in whatever state it is.
            with contextlib.suppress(OSError):
                oldest.socket.shutdown(socket.SHUT_RDWR)


def doors(host: str, port: int, kept: Callable[[], Collection[int]]) -> list[Door]:
    """A bound socket for each address that a host name stands for.

    Raises:
        OSError: the port is in use, or the address is not this machine's.
    """
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    opened: list[Door] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            door = Door(family, kept)
            opened.append(door)
            if sys.platform != "win32":
                door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            door.bind(address)
    except BaseException:
        for door in opened:
            door.close()
        raise
    return opened
