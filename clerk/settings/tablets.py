"""Settings of the server that shows the counter on tablets in the shop's own network."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.settings.kinds import between, text


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Screens for tablets in the shop's own network."""

    host: str = text("127.0.0.1")
    """Address to listen on; the shop's own network only when it is set."""
    port: int = between(8443, 1, 65_535)
    """Port to listen on."""
    certificate: str = text("")
    """File of the shop's TLS certificate; without one only this machine is served."""
    key: str = text("")
    """File of its private key."""
    visits: int = between(8, 1, 100)
    """Tablets at once; each has a process of about 100 MB."""
