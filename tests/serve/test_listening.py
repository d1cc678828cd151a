"""Where it may listen: loopback as it is, anything else only with a certificate that can be used."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clerk.errors import NotServed
from clerk.serve.listening import place
from clerk.settings import ServeSettings
from tests.serve import walk
from tests.serve.conftest import read, serving


@dataclass(frozen=True)
class Papers:
    """A certificate for a shop's own machine, signed by itself."""

    certificate: Path
    key: Path

    @property
    def settings(self) -> ServeSettings:
        return ServeSettings(host="0.0.0.0", certificate=str(self.certificate), key=str(self.key))


def papers(folder: Path, password: bytes = b"") -> Papers:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "counter.shop.example")])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    names = [
        x509.DNSName("counter.shop.example"),
        x509.DNSName("*.tills.example"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Papers(folder / "shop.pem", folder / "shop.key")
    found.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kept = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    found.key.write_bytes(key.private_bytes(pem, form, kept))
    return found


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "counter.shop.example", "[2001:db8::1]"])
def test_other_machines_are_not_served_without_a_certificate(tmp_path: Path, host: str) -> None:
    with pytest.raises(NotServed) as refused:
        place(ServeSettings(host=host), tmp_path)
    assert "no certificate" in refused.value.what


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", " "])
def test_this_machine_is_served_without_one(tmp_path: Path, host: str) -> None:
    assert place(ServeSettings(host=host), tmp_path).scheme == "http"


def test_certificates_that_cannot_be_used_are_refused_with_what_to_do(tmp_path: Path) -> None:
    good, other = papers(tmp_path), papers_in(tmp_path / "other")
    locked = papers_in(tmp_path / "locked", b"secret")
    (tmp_path / "empty").write_bytes(b"")
    for certificate, key in (
        (good.certificate, ""),
        ("", good.key),
        (good.certificate, other.key),
        (good.key, good.certificate),
        (tmp_path / "empty", good.key),
        (good.certificate, tmp_path / "empty"),
        (tmp_path / "nowhere", good.key),
        (tmp_path, tmp_path),
        (locked.certificate, locked.key),
    ):
        with pytest.raises(NotServed) as refused:
            place(ServeSettings(certificate=str(certificate), key=str(key)), tmp_path)
        assert refused.value.code == "E235"
        assert str(tmp_path) not in str(refused.value)


def papers_in(folder: Path, password: bytes = b"") -> Papers:
    folder.mkdir()
    return papers(folder, password)


def test_a_browser_may_call_us_by_the_names_of_the_certificate_and_no_others(tmp_path: Path) -> None:
    where = place(papers(tmp_path).settings, tmp_path)
    assert where.called == "counter.shop.example"
    assert place(ServeSettings(host="::1"), tmp_path).called == "[::1]"
    for host in ("counter.shop.example", "COUNTER.shop.example:8443", "till-2.tills.example", "127.0.0.1:8443",
                 "localhost", "[::1]:8443"):  # fmt: skip
        assert where.is_ours(host), host
    for host in ("shop.example", "counter.shop.example.evil.example", "a.b.tills.example", "tills.example",
                 "0.0.0.0", "192.168.1.20", "", ":", "[", "*.tills.example.evil", "a@evil.example"):  # fmt: skip
        assert not where.is_ours(host), host


async def test_under_tls_the_cookie_is_bound_to_the_host_and_the_browser_stays_with_tls(
    staff: Path, tmp_path: Path
) -> None:
    shop = papers(tmp_path)
    async with serving(staff, tmp_path, where=place(shop.settings, tmp_path)) as served:
        trust = ssl.create_default_context(cafile=shop.certificate)
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
            form = {"name": walk.NAME, "pin": walk.PIN}
            answer = await read(
                browser.post(
                    f"{served.url}/sign-in", data=form, headers=served.from_us(), ssl=trust, allow_redirects=False
                )
            )
            cookie = answer.headers["Set-Cookie"]
            assert cookie.startswith("__Host-clerk=")
            assert "Secure" in cookie
            assert "Domain" not in cookie
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert "wss://" in answer.headers["Content-Security-Policy"]
            glass = await browser.ws_connect(f"{served.url}/glass", headers=served.from_us(), ssl=trust)
            assert (await glass.receive_bytes(timeout=20)).startswith(b"ready")
            await glass.close()
            plain = served.url.replace("https", "http")
            refused = {"Origin": plain}
            async with browser.post(f"{served.url}/sign-in", data=form, headers=refused, ssl=trust) as answer:
                assert (answer.status, await answer.text()) == (403, "Only the counter's own page may ask for this.\n")
            old = ssl.create_default_context(cafile=shop.certificate)
            with pytest.warns(DeprecationWarning, match="TLSv1_1"):
                old.maximum_version = ssl.TLSVersion.TLSv1_1
            with pytest.raises(OSError, match=r"(?i)ssl|version|protocol|handshake"):
                await read(browser.get(served.url, ssl=old))


def serve(home: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "clerk", "serve", "--home", str(home), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))


def test_the_command_says_why_it_does_not_serve(staff: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    nobody = serve(empty)
    assert nobody.returncode == 3
    assert "E230" in nobody.stderr
    assert "clerk people add" in nobody.stderr
    assert "E235" in serve(staff, "--host", "0.0.0.0").stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"E235 Port {port} of 127.0.0.1 is in use." in serve(staff, "--port", port).stderr
