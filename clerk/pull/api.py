"""Asks a shop's system over HTTPS: retried with patience, bounded, and refused in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3

from clerk.errors import SettingsError, SystemRefused

_BYTES_AT_MOST = 64_000_000
"""Of one answer: pages of the interfaces are below a tenth of it."""
_TRIES = 6
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Api:
    """One system's interface.

    Args:
        address: `https://…`, without a path; plain HTTP only to this machine itself.
        headers: sent with every question, the token among them.
        wait_s: seconds before the second try; doubled with each further one, unless the system says how long.

    Raises:
        SettingsError: the address cannot be used.
    """

    def __init__(self, address: str, headers: Mapping[str, str], *, wait_s: float = 1.0) -> None:
        parts = urlsplit(address)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not parts.hostname or not is_safe:
            raise SettingsError(f"{address!r} is no address of a shop's system.", "Write it as https://NAME.")
        self.name = parts.hostname
        self._address = address.rstrip("/")
        # A redirect would send the token elsewhere, so none is followed.
        self._pool = urllib3.PoolManager(
            headers={"Content-Type": "application/json", **headers},
            timeout=urllib3.Timeout(connect=10, read=60),
            retries=urllib3.Retry(
                _TRIES, redirect=0, backoff_factor=wait_s, status_forcelist=(429, 500, 502, 503, 504),
                allowed_methods=None, raise_on_status=False, raise_on_redirect=False,
            ),
        )  # fmt: skip

    def ask(self, path: str, question: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """The status and the JSON of an answer; a question is posted, without one the path is got.

        Raises:
            SystemRefused: nobody answered, or not in JSON.
        """
        body = None if question is None else json.dumps(question).encode()
        try:
            answer = self._pool.request(
                "GET" if body is None else "POST", self._address + path, body=body, preload_content=False
            )
            text = answer.read(_BYTES_AT_MOST + 1)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as problem:
            raise self.unreachable(type(problem).__name__) from None
        if answer.status == 429 or answer.status >= 500 or len(text) > _BYTES_AT_MOST:
            raise self.unreachable(f"it answered {answer.status}" if len(text) <= _BYTES_AT_MOST else "endless answer")
        try:
            return answer.status, json.loads(text or b"{}")
        except ValueError:
            raise self.unreachable(f"it answered {answer.status}, not in JSON") from None

    def unreachable(self, why: str) -> SystemRefused:
        """The error for a system that cannot be asked now."""
        return SystemRefused(
            f"{self.name} could not be asked ({why}).", "Nothing is lost: run it again, it goes on where it stopped."
        )

    def token_refused(self, system: str) -> SystemRefused:
        """The error for a token that is not accepted."""
        return SystemRefused(
            f"{self.name} does not accept the token.",
            f"Make a new one there, and keep it with `clerk pull {system} --set-token`.",
        )

    def permission_lacks(self, system: str, permission: str) -> SystemRefused:
        """The error for a token that may not read what is asked for."""
        return SystemRefused(
            f"The token may not do what is needed at {self.name}: it lacks {permission}.",
            f"Give it that permission there; where that makes a new token, run `clerk pull {system} --set-token`.",
        )


def inside(value: Any, *names: str) -> Any:
    """What lies inside nested objects of an answer; None where one of them is absent."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def cell(value: object) -> str:
    """A value of an answer as a cell; empty where there is none."""
    return "" if value is None else str(value)
