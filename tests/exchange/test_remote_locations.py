"""A bucket and a server as the exchange location: real S3 and SFTP protocols on this machine.

They need libraries that no counter needs: `make test-places` installs them beside and runs this file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.errors import LocationUnreachable, NotAccepted
from clerk.exchange.between import keys
from clerk.exchange.between.clock_floor import utc_seconds
from clerk.exchange.between.locations import Location, Missing, TooLong
from clerk.exchange.device import enrol
from clerk.exchange.device.fetch import fetch
from clerk.exchange.office import devices
from clerk.exchange.office.publish import let_read, publish
from tests.exchange.chain import STORE, clock, generation, make_pack

# Both libraries leave sockets to the garbage collector, which fails any run that takes warnings for errors.
pytestmark = pytest.mark.skipif(
    not os.environ.get("CLERK_PLACES"), reason="S3 AND SFTP WERE NOT TESTED: run `make test-places`"
)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A real S3 server of this machine."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "test")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    import s3fs

    s3fs.S3FileSystem(endpoint_url=f"http://{host}:{port}").mkdir("shop")
    yield "s3://shop/clerk"
    patch.undo()
    server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real SFTP server of this machine, with a key of its own."""
    import asyncssh

    folder = tmp_path_factory.mktemp("sftp")
    home = tmp_path_factory.mktemp("home")
    key = asyncssh.generate_private_key("ssh-ed25519")
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[host_key], sftp_factory=True,
            authorized_client_keys=asyncssh.import_authorized_keys(key.export_public_key().decode()),
        )  # fmt: skip

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    port = acceptor.get_port()
    (home / ".ssh").mkdir(mode=0o700)
    (home / ".ssh" / "id_ed25519").write_bytes(key.export_private_key())
    os.chmod(home / ".ssh" / "id_ed25519", 0o600)
    public = host_key.export_public_key().decode()
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
    patch = pytest.MonkeyPatch()
    patch.setenv("HOME", str(home))
    yield f"sftp://tester@127.0.0.1:{port}{folder}/clerk"
    patch.undo()
    loop.call_soon_threadsafe(acceptor.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


@pytest.fixture(params=["bucket", "server"])
def location(request: pytest.FixtureRequest) -> Location:
    found = Location(request.getfixturevalue(request.param))
    for name, _ in found.list():
        found.remove(name)
    return found


def test_a_remote_place_keeps_what_a_folder_keeps(location: Location, tmp_path: Path) -> None:
    assert location.list() == []
    location.durable_put("s1/a.json", b"first")
    location.durable_put("s1/a.json", b"second, longer")
    (tmp_path / "big").write_bytes(os.urandom(7_000_000))
    location.durable_put("s1/deep/big.seg", tmp_path / "big")
    assert location.read("s1/a.json", 100) == b"second, longer"
    assert location.list("s1") == [("s1/a.json", 14), ("s1/deep/big.seg", 7_000_000)]
    assert location.exists("s1/a.json")
    with pytest.raises(TooLong):
        location.read("s1/deep/big.seg", 1_000)
    with pytest.raises(Missing):
        location.read("s1/none.json", 10)
    location.remove("s1/a.json")
    location.remove("s1/a.json")
    assert not location.exists("s1/a.json")


def test_a_file_that_another_machine_replaced_is_read_as_it_is_now(location: Location) -> None:
    location.durable_put("a.json", b"short")
    assert location.list() == [("a.json", 5)]
    other = Location(location.shown)
    other.durable_put("a.json", b"much longer than before")
    assert location.read("a.json", 100) == b"much longer than before"
    assert location.list() == [("a.json", 23)]


def test_a_pack_goes_over_a_remote_place(location: Location, tmp_path: Path) -> None:
    office, device = tmp_path / "office", tmp_path / "device"
    made = keys.make_office(office, utc_seconds(clock()))
    enrol.enrol(device, made, location, STORE, "Till 1", clock=clock())
    assert devices.requests(office, location, STORE)[0].name == "Till 1"
    assert fetch(device, location, clock()).state == "nothing published"
    for night in (0, 1, 2):
        make_pack(office, generation(night))
        assert publish(office, location, STORE, None, clock(night)).state == "published"
        if night == 0:
            with pytest.raises(NotAccepted):
                fetch(device, location, clock())
            devices.accept(office, location, STORE, "Till 1")
            assert let_read(office, location, STORE, clock())
        assert fetch(device, location, clock(night)).generation == generation(night)


def test_a_server_that_is_gone_is_unreachable(bucket: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.suppress(LocationUnreachable):
        gone = Location(server.replace(server.split(":")[2].split("/")[0], "9"))
        with pytest.raises(LocationUnreachable):
            gone.list()
    with pytest.raises(LocationUnreachable):
        Location("s3://no-such-bucket/clerk").durable_put("a.json", b"")
