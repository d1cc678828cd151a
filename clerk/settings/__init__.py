"""Every constant a shop may want to change, each with its reason. Read from `settings.toml` in the data folder.

`Settings()` are the defaults. A file holds one table an area, for example `[usual]` with `shown_from = 4`; unknown
names and values out of range are refused, so that a typing mistake is not a silent change of a promise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from clerk.errors import SettingsError
from clerk.phrases import did_you_mean
from clerk.settings.exchange import ExchangeSettings
from clerk.settings.kiosk import KioskSettings
from clerk.settings.night import NightSettings, PackSettings, PullSettings
from clerk.settings.people import PeopleSettings
from clerk.settings.privacy import PrivacySettings, RestSettings
from clerk.settings.tablets import ServeSettings
from clerk.settings.visit import (
    DiscoverySettings,
    DueSettings,
    GateSettings,
    ScanSettings,
    SearchSettings,
    StandingSettings,
    SuggestSettings,
    UsualSettings,
)

__all__ = [
    "FILE_NAME",
    "Settings",
    "from_tables",
    "load",
    "DiscoverySettings",
    "DueSettings",
    "ExchangeSettings",
    "GateSettings",
    "KioskSettings",
    "NightSettings",
    "PackSettings",
    "PeopleSettings",
    "PrivacySettings",
    "PullSettings",
    "RestSettings",
    "ScanSettings",
    "SearchSettings",
    "ServeSettings",
    "StandingSettings",
    "SuggestSettings",
    "UsualSettings",
]

FILE_NAME = "settings.toml"
"""Name of the file in the data folder."""

_LONGEST_TEXT = 500
"""Characters of a setting; no address is longer."""


_RETIRED = {
    "suggest": ("due_at_most", "taste_items", "taste_same", "taste_weight", "instead_weight", "one_kind_share"),
    "discovery": ("looked_at",),
    "scan": ("quiet_ms",),
}
"""Settings that no longer decide anything, by area: a file that still names them is read as before."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by area."""

    usual: UsualSettings = field(default_factory=UsualSettings)
    due: DueSettings = field(default_factory=DueSettings)
    suggest: SuggestSettings = field(default_factory=SuggestSettings)
    gates: GateSettings = field(default_factory=GateSettings)
    discovery: DiscoverySettings = field(default_factory=DiscoverySettings)
    standing: StandingSettings = field(default_factory=StandingSettings)
    scan: ScanSettings = field(default_factory=ScanSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    pack: PackSettings = field(default_factory=PackSettings)
    nightly: NightSettings = field(default_factory=NightSettings)
    pull: PullSettings = field(default_factory=PullSettings)
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    kiosk: KioskSettings = field(default_factory=KioskSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    rest: RestSettings = field(default_factory=RestSettings)


def load(home: Path) -> Settings:
    """The settings of a data folder; defaults where the file or a value is absent.

    Raises:
        SettingsError: the file is no TOML, or names something unknown, or a value cannot be used.
    """
    path = home / FILE_NAME
    if not path.exists():
        return Settings()
    import tomllib  # only where there is a file: most counters run on the defaults and start sooner

    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise SettingsError(f"{FILE_NAME} cannot be read: {problem}.", "Correct the file or remove it.") from problem
    return from_tables(tables)


def from_tables(tables: dict[str, Any]) -> Settings:
    """Settings from the tables of a settings file.

    Raises:
        SettingsError: a name is unknown or a value cannot be used.
    """
    areas = {area.name: area for area in fields(Settings)}
    chosen: dict[str, Any] = {}
    for area, values in tables.items():
        if area not in areas:
            raise SettingsError(
                f"There is no settings area [{area}].", f"{did_you_mean(area, areas)}Areas are: {', '.join(areas)}."
            )
        if not isinstance(values, dict):
            raise SettingsError(f"{area} is not a table.", f"Write [{area}] and one `name = value` a line below it.")
        make: Any = areas[area].default_factory
        known = {one.name: one for one in fields(make)}
        for name in _RETIRED.get(area, ()):
            values.pop(name, None)
        for name, value in values.items():
            if name not in known:
                raise SettingsError(
                    f"{area}.{name} is no setting.",
                    f"{did_you_mean(name, known)}Settings of {area}: {', '.join(known)}.",
                )
            values[name] = _checked(f"{area}.{name}", value, known[name])
        chosen[area] = make(**values)
    return Settings(**chosen)


def _checked(name: str, value: Any, setting: Any) -> Any:
    """The value in the setting's own type, or an error that says what is permitted."""
    if "choices" in setting.metadata:
        return _checked_text(name, value, setting.metadata["choices"])
    low, high, default = setting.metadata["low"], setting.metadata["high"], setting.default
    whole = isinstance(default, int)
    wanted = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not low <= value <= high:
        raise SettingsError(f"{name} is {value!r}.", f"It has to be {wanted} from {low:g} to {high:g}.")
    return value if whole else float(value)


def _checked_text(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """The text, one of the choices where there are any."""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise SettingsError(f"{name} is no text.", "Write it in quotes, on one line.")
    if choices and value not in choices:
        raise SettingsError(f"{name} is {value!r}.", f"It has to be one of: {', '.join(choices)}.")
    return value
