"""`clerk pull`: what is new in the shop's own system into the inbox. Never called by a counter, nor by a night."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from datetime import UTC, datetime

from clerk import report
from clerk.errors import NotPermitted, SettingsError
from clerk.pull.api import Api
from clerk.pull.shopify import Shopify
from clerk.pull.square import VERSION, Square
from clerk.pull.work import pull
from clerk.report import Exit
from clerk.settings import load

TOKEN = "CLERK_PULL_TOKEN"
"""Environment variable with the token, for machines without a keyring."""
_SERVICE = "clerk"


def run(options: argparse.Namespace) -> Exit:
    system, settings = options.system, load(options.home)
    address = getattr(settings.pull, system)
    if not address:
        example = "https://NAME.myshopify.com" if system == "shopify" else "https://connect.squareup.com"
        raise NotPermitted(
            f"Nothing is pulled from {system}: settings.toml does not permit it.",
            f'Write {system} = "{example}" under [pull] in settings.toml.',
        )
    if options.set_token:
        _keep(f"pull-{system}", _typed())
        report.data({"kept": True}, as_json=options.json, text="the token is kept in this system's keyring")
        return Exit.OK
    token = os.environ.get(TOKEN, "") or _kept(f"pull-{system}", system)
    if system == "shopify":
        resources = Shopify(Api(address, {"X-Shopify-Access-Token": token})).resources
    else:
        resources = Square(Api(address, {"Authorization": f"Bearer {token}", "Square-Version": VERSION})).resources
    bar = report.ProgressBar(quiet=options.json)
    done = pull(
        options.home, system, address, resources, datetime.now(UTC), quiet_s=settings.nightly.quiet_s,
        progress=lambda name, rows: bar(f"pulling {name}", rows, 0, "rows"),
    )  # fmt: skip
    bar.close()
    report.data(done, as_json=options.json, text=done.text())
    return Exit.OK


def _typed() -> str:
    """The token from the keyboard, unseen, or from a pipe."""
    token = getpass.getpass("token: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not (token := token.strip()) or not token.isascii() or not token.isprintable():
        raise SettingsError("That is no token.", "Paste it as the system shows it, on one line.")
    return token


def _kept(name: str, system: str) -> str:
    """The token in the keyring.

    Raises:
        SettingsError: there is none, or no keyring.
    """
    try:
        import keyring

        token = keyring.get_password(_SERVICE, name)
    except Exception as problem:
        raise _no_keyring(problem) from None
    if not token:
        raise SettingsError(
            f"No token for {system} is kept.", f"Run `clerk pull {system} --set-token`, or give it in {TOKEN}."
        )
    return str(token)


def _keep(name: str, token: str) -> None:
    try:
        import keyring

        keyring.set_password(_SERVICE, name, token)
    except Exception as problem:
        raise _no_keyring(problem) from None


def _no_keyring(problem: Exception) -> SettingsError:
    return SettingsError(
        f"The keyring of this system cannot be used ({type(problem).__name__}).",
        f"pip install clerk-counter[keyring]; without a keyring, give the token in {TOKEN}.",
    )
