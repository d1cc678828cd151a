"""Settings of privacy: how long members are kept, the wordings read to them, encryption of what lies on the disk."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.settings.kinds import between, text


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """How long members are kept, and the wordings read to them."""

    keep_months: int = between(36, 1, 240)
    """Months after a member's last visit for which anything is kept: three years is what regulators call reasonable
    for loyalty data."""
    wordings: str = text("")
    """File below the data folder with the shop's own words for each purpose and their version; empty for Clerk's."""


@dataclass(frozen=True, slots=True)
class RestSettings:
    """Encryption of what lies on the disk."""

    key: str = text("")
    """Where the key is: empty for none, `file:PATH`, `env:NAME`, `systemd:NAME` (a systemd credential), `keyring`."""
