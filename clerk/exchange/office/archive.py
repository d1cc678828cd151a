"""The archive: a second copy of every bundle on another location, from which the ledger can be restored.

Only what was read back from here counts as durable, and only what is durable may be forgotten by a device. Beside the
bundles lie the devices' public keys, each with a code that only the office's sealing key gives, so that the archive
and that one key are enough to make a ledger again, whoever was removed since.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from clerk.errors import BundleRefused, ExchangeError, LocationUnreachable
from clerk.exchange.between.event_bundle import BYTES_AT_MOST, OpenedBundle, open_bundle, parse_name
from clerk.exchange.between.locations import Location
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.intake.report import Progress

_KEY_AT_MOST = 1_000
Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Bundle:
    """One bundle that lies on a location."""

    store: str
    device: str
    epoch: str
    name: str
    first: int
    last: int
    size: int

    @property
    def path(self) -> str:
        """Where it lies, on the location as in the archive."""
        return f"{self.store}/events/{self.device}/{self.epoch}/{self.name}"


@dataclass(slots=True)
class Restored:
    """What came back from the archive."""

    bundles: int = 0
    events: int = 0
    """Events that were not in the ledger."""
    problems: list[str] = field(default_factory=list)
    """Bundles that could not be used, and why."""


def bundles(location: Location, store: str) -> tuple[list[Bundle], list[str]]:
    """The bundles of a store on a location, in the order in which they can be taken, and names that are no bundle's."""
    found, odd = [], []
    for path, size in location.list(f"{store}/events"):
        parts = path.split("/")
        numbers = parse_name(parts[-1])
        if len(parts) != 5 or numbers is None:
            odd.append(path)
            continue
        found.append(Bundle(store, parts[2], parts[3], parts[4], numbers[0], numbers[1], size))
    return sorted(found, key=lambda one: (one.device, one.epoch, one.first, one.last, one.name)), odd


class Archive:
    """The archive of an office.

    Args:
        location: where it is; another one than the exchange location, or it protects from nothing.
        sealing: the office's own key.
    """

    def __init__(self, location: Location, sealing: X25519PrivateKey) -> None:
        self.location = location
        self._sealing = sealing
        self._secret = hashlib.sha256(
            b"clerk archive keys" + sealing.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        ).digest()
        self._kept: set[str] = set()

    def keep(self, bundle: Bundle, data: bytes, key: Ed25519PublicKey) -> None:
        """Keeps a bundle that was opened and found whole, and proves that the copy is the same.

        Raises:
            LocationUnreachable: it could not be written, or other bytes came back.
        """
        self._keep_key(bundle.store, bundle.device, key)
        self.location.durable_put(bundle.path, data)
        if self.location.read(bundle.path, BYTES_AT_MOST) != data:
            raise LocationUnreachable("The archive gave other bytes back than were written.", "Try another location.")

    def holds(self, bundle: Bundle) -> bool:
        """Whether a copy is still there."""
        return self.location.exists(bundle.path)

    def open(self, bundle: Bundle, keys: list[Ed25519PublicKey]) -> OpenedBundle:
        """A bundle from the archive, checked as if it came from anywhere.

        Raises:
            BundleRefused: none of the keys signed it, or it is not whole.
        """
        data = self.location.read(bundle.path, BYTES_AT_MOST)
        refused = BundleRefused("A bundle in the archive is from no device known.", "Look for an older archive.")
        for key in keys:
            try:
                content = open_bundle(data, key, self._sealing)
            except BundleRefused as problem:
                refused = problem
                continue
            check_position(content, bundle)
            return content
        raise refused

    def keys(self, store: str) -> dict[str, list[Ed25519PublicKey]]:
        """The keys of every device of a store that was ever archived."""
        found: dict[str, list[Ed25519PublicKey]] = {}
        for path, _ in self.location.list(f"{store}/keys"):
            try:
                read = json.loads(self.location.read(path, _KEY_AT_MOST))
                device, raw, code = str(read["device"]), bytes.fromhex(read["public_key"]), str(read["code"])
                if hmac.compare_digest(self._code(store, device, raw), code):
                    found.setdefault(device, []).append(Ed25519PublicKey.from_public_bytes(raw))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ExchangeError):
                # A damaged key file is one without a right code: its bundles are reported when they do not open.
                continue
        return found

    def _keep_key(self, store: str, device: str, key: Ed25519PublicKey) -> None:
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        path = f"{store}/keys/{device}-{hashlib.sha256(raw).hexdigest()[:16]}.json"
        if path in self._kept:
            return
        named = {"device": device, "public_key": raw.hex(), "code": self._code(store, device, raw)}
        data = (json.dumps(named, sort_keys=True) + "\n").encode()
        if not self.location.exists(path) or self.location.read(path, _KEY_AT_MOST) != data:
            self.location.durable_put(path, data)
        self._kept.add(path)

    def _code(self, store: str, device: str, raw: bytes) -> str:
        return hmac.new(self._secret, f"{store}\n{device}\n".encode() + raw, hashlib.sha256).hexdigest()


def is_same(one: Location, other: Location) -> bool:
    """Whether two locations are the same, where a copy would protect nothing."""
    if one.folder is not None and other.folder is not None:
        return one.folder.resolve() == other.folder.resolve()
    return one.shown.rstrip("/") == other.shown.rstrip("/")


def check_position(content: OpenedBundle, bundle: Bundle) -> None:
    """Refuses a bundle that lies under another one's name.

    Raises:
        BundleRefused: it does.
    """
    header = content.header
    named = (header.store, header.device, header.epoch, header.name)
    if named != (bundle.store, bundle.device, bundle.epoch, bundle.name):
        raise BundleRefused("A bundle of events lies under another one's name.", "The device sends it again.")


def restore(ledger: Ledger, archive: Archive, store: str, progress: Tell | None = None) -> Restored:
    """Brings everything of a store that is in the archive into the ledger: an empty one, or one from an older backup.

    Args:
        ledger: events that it has already stay as they are.
        archive: of this office.
        store: id of the store.
        progress: called after each bundle.

    Raises:
        LocationUnreachable: the archive cannot be read.
        LedgerUnavailable: the database failed; run it again.
    """
    done = Restored()
    keys = archive.keys(store)
    found, _ = bundles(archive.location, store)
    for at, bundle in enumerate(_oldest_epochs_first(archive, found, keys), 1):
        try:
            content = archive.open(bundle, keys.get(bundle.device, []))
            taken = ledger.take(store, content.header, content.rows, name=bundle.name, size=bundle.size)
        except BundleRefused as problem:
            done.problems.append(f"{bundle.path}: {problem.what}")
            continue
        if taken.state in ("taken", "known"):
            ledger.mark_durable(store, bundle.device, bundle.epoch, bundle.name)
            done.bundles += 1
            done.events += taken.new
        else:
            done.problems.append(f"{bundle.path}: {taken.words}")
        if progress is not None:
            progress(Progress("restoring the ledger", at, len(found), "bundles"))
    return done


def _oldest_epochs_first(
    archive: Archive, found: list[Bundle], keys: dict[str, list[Ed25519PublicKey]]
) -> Iterator[Bundle]:
    """Orders bundles by age of their epochs, so that an event issued twice gets its first epoch again."""
    epochs: dict[tuple[str, str], list[Bundle]] = {}
    for bundle in found:
        epochs.setdefault((bundle.device, bundle.epoch), []).append(bundle)

    several = {device for device, _ in epochs if sum(1 for other, _ in epochs if other == device) > 1}

    def began(group: list[Bundle]) -> tuple[str, int]:
        device = group[0].device
        if device not in several:
            return device, 0
        try:
            return device, archive.open(group[0], keys.get(device, [])).header.created
        except BundleRefused:
            return device, 0

    for group in sorted(epochs.values(), key=began):
        yield from group
