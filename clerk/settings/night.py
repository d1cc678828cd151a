"""Settings of the night: the inbox, quarantine, and the store data that is built."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.settings.kinds import between, text


@dataclass(frozen=True, slots=True)
class PackSettings:
    """Nightly data."""

    keep: int = between(2, 1, 100)
    """Generations kept: the one in use and the last good one."""
    bad_rows_share: float = between(0.05, 0, 1)
    """Part of a table that may be quarantined before the swap is refused as harmful: a shop that loses one line in
    twenty tells its members wrong things, and a broken export loses most of them at once."""
    bad_rows_from: int = between(50, 0, 1_000_000)
    """Bad rows of a table below which that share does not matter: one of ten is a small table, not a broken one."""
    quantity_at_most: float = between(100_000.0, 1, 1e9)
    """A larger quantity is a slip of the key or a barcode in the wrong field. The Complete Journey sells fuel by the
    thousandth of a gallon, up to 89,638 at once; wholesalers sell 80,995 of one item."""


@dataclass(frozen=True, slots=True)
class PullSettings:
    """Which systems `clerk pull` may ask over the network; off unless a shop is named here."""

    shopify: str = text("")
    """The shop's address, `https://NAME.myshopify.com`; empty for none."""
    square: str = text("")
    """`https://connect.squareup.com`; empty for none."""


@dataclass(frozen=True, slots=True)
class NightSettings:
    """What lies in the inbox, and what is done with it."""

    quiet_s: int = between(120, 0, 86_400)
    """A file that nobody has written to for this long is complete, where no trigger file says so: exports of a large
    shop are written for a minute or two."""
    relearn_days: int = between(7, 1, 365)
    """Days for which learned models are carried over: a week moves no weight by more than its doubt, and learning
    costs more than the rest of the night."""
    file_mb_at_most: int = between(2_000, 1, 100_000)
    """A larger file is not read: ten years of a busy store's lines are smaller."""
    reports_kept: int = between(60, 2, 10_000)
    """Reports, done files and quarantine folders of this many nights are kept, files and folders for no more days than
    that: two months answer any question that a manager asks."""
