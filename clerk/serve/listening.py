"""Where tablets may reach us, and under which names: loopback without TLS, anything else only with it."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import NamedTuple

from clerk.errors import NotServed
from clerk.settings import ServeSettings

_OWN = frozenset(("localhost", "127.0.0.1", "::1"))
"""What every machine calls itself."""


class Place(NamedTuple):
    """What is listened on."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    names: frozenset[str]
    """Hosts that a browser may call us by; any other is refused, so that a foreign name cannot be pointed at us."""

    @property
    def scheme(self) -> str:
        """`https` or `http`."""
        return "https" if self.tls else "http"

    @property
    def called(self) -> str:
        """What a person types into a tablet: a name of the certificate where there is one."""
        names = sorted(name for name in self.names - _OWN if not name.startswith("*"))
        name = next((name for name in names if not _is_any(name)), self.host)
        return f"[{name.strip('[]')}]" if ":" in name else name

    def is_ours(self, host: str) -> bool:
        """Whether a Host header names us."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        name = name.strip("[]").lower().rstrip(".")
        parent = "*." + name.partition(".")[2]
        return name in self.names or (parent in self.names and "." in name)


def place(settings: ServeSettings, home: Path) -> Place:
    """Checks address and certificate.

    Raises:
        NotServed: the certificate cannot be used, or the address is not this machine's own and there is none.
    """
    host = settings.host.strip() or "127.0.0.1"
    tls = _context(settings, home) if settings.certificate or settings.key else None
    if tls is None and not _is_loopback(host):
        raise NotServed(
            f"{host} is reached by other machines, and there is no certificate.",
            "Name `certificate` and `key` under [serve] in settings.toml, or serve 127.0.0.1 only.",
        )
    own = set(_OWN)
    own |= _names(home / settings.certificate) if tls is not None else set()
    if not _is_any(host):
        own.add(host.strip("[]").lower())
    return Place(host, settings.port, tls, frozenset(own))


def _context(settings: ServeSettings, home: Path) -> ssl.SSLContext:
    for name, what in ((settings.certificate, "certificate"), (settings.key, "key")):
        if not name or not (home / name).is_file():
            raise NotServed(
                f"The file of the {what} is not there.", f"Set `{what}` under [serve] in settings.toml to its path."
            )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A key with a password is refused rather than asked for: nobody sits at a server's terminal.
        context.load_cert_chain(home / settings.certificate, home / settings.key, password=lambda: b"")
    except (ssl.SSLError, OSError, ValueError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not PEM"
        raise NotServed(
            f"Certificate and key cannot be used ({why}).",
            "Both have to be PEM files that belong together, the key without a password.",
        ) from None
    return context


def _names(certificate: Path) -> set[str]:
    """The names and addresses that the certificate is for."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    except (OSError, ValueError):
        raise NotServed("The certificate cannot be read.", "It has to be a PEM file.") from None
    hosts = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    return hosts | {str(address) for address in names.get_values_for_type(x509.IPAddress)}


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False
