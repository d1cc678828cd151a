"""`clerk serve`: the counter's screens for tablets on the shop's own network."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

from aiohttp import web

from clerk import report
from clerk.commands.opening import chosen_clock
from clerk.commands.people import kept_for_audit
from clerk.errors import NotServed, NotSignedIn
from clerk.people import People
from clerk.people.tablet_pins import TabletPins
from clerk.report import Exit
from clerk.serve.counter_process import command
from clerk.serve.door import doors
from clerk.serve.listening import Place, place
from clerk.serve.server import Tablets
from clerk.settings import load


def run(options: argparse.Namespace) -> Exit:
    """Runs the command until it is stopped.

    Raises:
        NotServed: the address, the certificate or the port does not permit it.
        NotSignedIn: nobody is entered who could sign in at a tablet.
    """
    if os.name == "nt":
        raise NotServed("Tablets are not served from Windows.", "Serve them from a machine with Linux or macOS.")
    home: Path = options.home
    settings = load(home)
    asked = replace(settings.serve, host=options.host or settings.serve.host, port=options.port or settings.serve.port)
    clock = chosen_clock(options)
    people = People(home, clock, settings.people)
    if not people.everybody():
        raise NotSignedIn(
            "Tablets ask who works at them, and nobody is entered yet.", "Add an associate: `clerk people add NAME`."
        )
    where = place(asked, home)
    tablets = Tablets(
        where,
        people,
        command(home, options.at or ""),
        asked.visits,
        float(settings.people.lock_s),
        pins=TabletPins(home),
        clock=clock,
        record=partial(kept_for_audit, home, clock, actor="nobody"),
    )
    asyncio.run(_serve(where, tablets))
    return Exit.OK


async def _serve(where: Place, tablets: Tablets) -> None:
    runner = web.AppRunner(tablets.app(), access_log=None, keepalive_timeout=30.0, shutdown_timeout=5.0)
    await runner.setup()
    try:
        try:
            for door in doors(where.host, where.port, tablets.kept):
                await web.SockSite(runner, door, ssl_context=where.tls, backlog=64).start()
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise NotServed(
                f"Port {where.port} of {where.host} {why}.", "Choose another with `--port`, or stop what uses it."
            ) from None
        report.say(f"tablets open {where.scheme}://{where.called}:{where.port}/ · Ctrl+C stops")
        await _until_stopped()
    finally:
        await runner.cleanup()


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
