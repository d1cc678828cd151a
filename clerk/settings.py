"""Every constant a shop may want to change, each with its reason. Read from `settings.toml` in the data folder.

`Settings()` are the defaults. A file holds one table an area, for example `[usual]` with `shown_from = 4`; unknown
names and values out of range are refused, so that a typing mistake is not a silent change of a promise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from clerk.errors import SettingsError

FILE_NAME = "settings.toml"
"""Name of the file in the data folder."""

_LONGEST_TEXT = 500
"""Characters of a setting; no address is longer."""


def _between(default: Any, low: float, high: float) -> Any:
    """A number with its permitted range."""
    return field(default=default, metadata={"low": low, "high": high})


def _text(default: str) -> Any:
    """A text."""
    return field(default=default, metadata={"choices": ()})


def _one_of(default: str, *choices: str) -> Any:
    """One of a few words."""
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True, slots=True)
class UsualSettings:
    """When a usual is named. Shares are decayed: recent visits count more."""

    shown_from: int = _between(3, 2, 100)
    """Visits before anything is called usual: with fewer, two of two would be a pattern (evidence, usual 7)."""
    lines_at_most: int = _between(3, 1, 9)
    """Lines read aloud together; a longer list is not read but skimmed."""
    last_lines_at_most: int = _between(12, 1, 60)
    """Lines shown of "as last time"; a weekly shop has dozens and nobody reads them at a counter."""
    window: int = _between(10, 3, 100)
    """Visits that the sentence "7 of the last 10 visits" looks back on."""
    counter_basket_size: float = _between(4.0, 1, 1000)
    """Shops whose mean basket is smaller are counters (cafés), others are groceries: coffee cards hold 1.0 items a
    visit, the Complete Journey 9.4; nothing measured lies between 2 and 9."""
    counter_decay: float = _between(0.8, 0.1, 1)
    """Weight lost a visit at a counter (usual 4.1: beats .9 and counting rules on coffee cards)."""
    grocery_decay: float = _between(0.9, 0.1, 1)
    """Weight lost a visit in a grocery (usual 4.1)."""
    counter_usual: float = _between(0.7, 0.05, 1)
    """Share from which "the usual" is right 86 % of the time at 70 % coverage (usual 4.1, coffee)."""
    counter_often: float = _between(0.5, 0.05, 1)
    """Share from which it is true more often than not (78 % on coffee cards)."""
    grocery_usual: float = _between(0.9, 0.05, 1)
    """In a grocery even a share of .7 is right only 58 % of the time: "the usual" has to be nearly always."""
    grocery_often: float = _between(0.6, 0.05, 1)
    """Share from which a single SKU is right more often than not in a grocery (.511)."""
    kind_often: float = _between(0.5, 0.05, 1)
    """Share from which an item type ("milk") is worth saying: any right .511 at .313 coverage (usual 4.1)."""
    said_from: float = _between(0.5, 0.05, 1)
    """Share below which neither "the usual" nor "often" is said, whatever was fitted at night: who hears "often" takes
    it for more often than not."""
    changed_days: int = _between(180, 1, 3650)
    """Days for which a changed recipe is mentioned; after half a year it is simply how they take it."""
    kind_too_wide: float = _between(0.34, 0.01, 1)
    """An item type that holds more than this part of the shop's items says nothing ("often buys food")."""


@dataclass(frozen=True, slots=True)
class DueSettings:
    """When a consumable is said to be due."""

    baskets_from: int = _between(2, 2, 50)
    """Purchases before an interval exists: one gap is the least."""
    horizon_days: int = _between(14, 1, 120)
    """The promise "within 14 days" (usual 7)."""
    shown_from: float = _between(0.3, 0, 1)
    """Least probability within the horizon that is worth a line (usual 7)."""
    least_interval_days: float = _between(3.0, 0, 60)
    """Things bought more often are a habit, not a need that runs out; the usual speaks for them."""
    soon: float = _between(0.8, 0.1, 1)
    """Part of the interval after which it is due soon."""
    overdue: float = _between(1.25, 1, 10)
    """Part of the interval after which it is overdue: a quarter late is beyond a regular buyer's own spread, and much
    later the chance that it is still wanted has fallen below what is shown."""
    lapsed: float = _between(3.0, 1, 100)
    """Three intervals missed: bought elsewhere or given up; saying it for ever would be nagging."""
    own_weight: float = _between(1.5, 0, 100)
    """Gaps that the item's own rhythm counts for beside the member's (usual, appendix)."""
    item_weight: float = _between(10.0, 0, 1000)
    """Gaps that the shop's rhythm counts for beside the item's (usual, appendix)."""
    quit_share: float = _between(0.25, 0, 0.99)
    """Chance, at each purchase, that it was the last; without it a renewal estimate badly over-promises (usual 4.2)."""
    shown_at_most: int = _between(3, 0, 20)
    """Lines on the card."""


@dataclass(frozen=True, slots=True)
class SuggestSettings:
    """What may be proposed, and how candidates compare. A score reads as "how likely is this welcome"."""

    slots: int = _between(3, 1, 3)
    """Suggestions a visit: what a person can say in one breath. The card has three places."""
    due_at_most: int = _between(2, 0, 3)
    """Due items among them, so that one place is left for something new, if anything is good enough."""
    score_from: float = _between(0.08, 0, 1)
    """Score below which silence is better: the best discovery measured hits 5 % in 30 days (usual 4.4)."""
    speaks_from: float = _between(0.04, 0, 1)
    """Part of the visits that must hold an item before things are drawn from it: two purchases in a hundred visits
    are no habit, and "like the latte, taken 2 times" convinces nobody."""
    given_up_days: float = _between(28.0, 1, 3650)
    """Days of visits without it, and three of its own intervals (due.lapsed), after which a habit has been given up
    and nothing is drawn from it any more."""
    company_seeds: int = _between(8, 1, 40)
    """Habit items asked for company."""
    company_together: int = _between(5, 1, 1000)
    """Baskets two items must share before it is said; below, it is chance."""
    company_lift: float = _between(1.3, 0, 1000)
    """How much more often than by chance; below, the companion is merely a bestseller."""
    company_prior: float = _between(20.0, 0, 10000)
    """Baskets without the companion that are assumed beforehand, so that 3 of 4 does not beat 80 of 200."""
    taste_items: int = _between(12, 1, 100)
    """Habit items whose vectors make the taste."""
    taste_like: float = _between(0.5, -1, 1)
    """Cosine to the nearest habit item from which "like the Sencha" is said; below, people do not see the likeness."""
    taste_same: float = _between(0.92, -1, 1)
    """Cosine from which two items are one thing under two numbers; saying it would be no discovery."""
    taste_weight: float = _between(0.3, 0, 1)
    """Score of a perfect likeness: liking is weaker evidence than running out or going together."""
    instead_weight: float = _between(0.6, 0, 1)
    """Part of a due item's score that its stand-in gets when it is out: the need is there, the thing is another."""
    looked_at: int = _between(16, 3, 200)
    """Candidates a source may bring to the gates."""
    never_halves: float = _between(0.5, 0, 1)
    """A "never" to an item also weakens its item type (usual 7)."""
    one_kind_share: float = _between(0.67, 0, 1)
    """All three of one item type only when it makes up this part of what the member buys (calibration, usual 1.3)."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """How long each reason for silence lasts, in days."""

    just_bought_days: int = _between(3, 0, 365)
    """Bought this recently (or in the latest basket) is not news; for due items the interval itself decides."""
    durable_days: int = _between(730, 1, 36500)
    """A kettle lasts years; two of them is the shortest that nobody found foolish."""
    durable_repeat: float = _between(0.1, 0, 1)
    """Items of which a smaller part of buyers ever bought again behave like durables: costs no recall (usual 4.3)."""
    durable_buyers: int = _between(20, 1, 100000)
    """Buyers before that share is believed."""
    has_it_days: int = _between(180, 1, 36500)
    """A consumable the member has at home from elsewhere rests; a durable stays quiet for good."""
    not_now_days: int = _between(14, 0, 3650)
    """"Not now" is about this week, not about the thing."""
    ignored_rate: float = _between(0.3, 0, 10)
    """Each showing passed over multiplies the score by exp(-this) (usual 7; a choice, not measured)."""
    ignored_half_life_days: float = _between(30.0, 1, 3650)
    """Passed-over showings lose half their weight in this time (usual 7; a choice, not measured)."""
    ignored_stop: float = _between(4.0, 0.5, 1000)
    """Weight of showings passed over at which it stops: exp(-.3 x 4) leaves under a third of the score."""
    one_off_visits: int = _between(3, 1, 100)
    """Visits without it after a single purchase: tried once, not taken up."""


@dataclass(frozen=True, slots=True)
class StandingSettings:
    """When one of the best is said to stay away."""

    visits_from: int = _between(5, 2, 1000)
    """Visits before somebody has a rhythm to fall out of."""
    away_gaps: float = _between(3.0, 1, 100)
    """Own intervals without a visit: as long as a due item is given up after (due.lapsed)."""
    away_days: int = _between(14, 1, 3650)
    """Days at the least: a daily guest on a week's holiday is not slipping."""


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """House picks: what the shop itself wants to be asked about. Earned, spent, and closed by one bad reaction."""

    start: int = _between(1, 0, 10)
    """Credits a member starts with: somebody new may be asked once, or nothing could ever be earned."""
    most: int = _between(3, 1, 50)
    """Credits kept at the most: a good year of answers is no licence for a month of advertising."""
    score: float = _between(0.1, 0, 1)
    """How likely a house pick is welcome at best (3.8 % measured without a word said, usual 4.4; an associate who
    mentions it does better). A suggestion of the member's own that is likelier never gives way to it."""
    shown_at_most: int = _between(2, 1, 100)
    """Times one house pick is shown to one member without being taken: twice is a reminder, three times is a nuisance
    (a choice, not measured)."""
    exposure_at_most: int = _between(60, 1, 1_000_000)
    """Showings of one house pick at all counters in `exposure_days`: left alone, picks collapse onto a few items
    (usual 4.4: 31 to 65)."""
    exposure_days: int = _between(7, 1, 365)
    """A week: the rhythm in which shops change what stands in front."""
    refused_half_life_days: float = _between(90.0, 1, 3650)
    """A refusal loses half its weight in a season (a choice, not measured)."""
    refused_from: float = _between(0.25, 0.01, 1)
    """Weight of refusals at which house picks are closed: one refusal closes them for two half-lives, half a year; a
    second on top of it for longer."""
    rising_baskets: int = _between(10, 1, 100_000)
    """Baskets in the latest four weeks before anything is called rising; below, one family's party is a trend."""
    rising_times: float = _between(1.5, 1, 100)
    """Times its usual share of what is sold before it is called rising."""
    rising_items: int = _between(50, 1, 1000)
    """Rising items offered at the most (usual 4.4: top 50)."""
    looked_at: int = _between(12, 1, 100)
    """House picks held against the gates for one visit."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """How keys become a code."""

    code_length: int = _between(6, 3, 64)
    """Shortest typed text with a digit in it that is taken for a code; shorter is the end of a phone number."""
    longest: int = _between(512, 32, 8192)
    """Characters kept of one scan; a longer burst is a jammed key or an attack."""
    quiet_ms: int = _between(100, 20, 2000)
    """Gap after which a scanner without a suffix key is taken to have finished (field notes C1)."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """Searching members and items."""

    rows: int = _between(20, 1, 200)
    """Rows a search brings back; the true total stands beside them."""
    words_weight: float = _between(0.4, 0, 1)
    """Part of words in the fused score (evidence, search)."""
    meaning_weight: float = _between(0.6, 0, 1)
    """Part of meaning in the fused score (evidence, search)."""
    union: int = _between(100, 10, 1000)
    """Best hits of each that are fused (evidence, search)."""


@dataclass(frozen=True, slots=True)
class PackSettings:
    """Nightly data."""

    keep: int = _between(2, 1, 100)
    """Generations kept: the one in use and the last good one."""
    bad_rows_share: float = _between(0.05, 0, 1)
    """Part of a table that may be quarantined before the swap is refused as harmful: a shop that loses one line in
    twenty tells its members wrong things, and a broken export loses most of them at once."""
    bad_rows_from: int = _between(50, 0, 1_000_000)
    """Bad rows of a table below which that share does not matter: one of ten is a small table, not a broken one."""
    quantity_at_most: float = _between(100_000.0, 1, 1e9)
    """A larger quantity is a slip of the key or a barcode in the wrong field. The Complete Journey sells fuel by the
    thousandth of a gallon, up to 89,638 at once; wholesalers sell 80,995 of one item."""


@dataclass(frozen=True, slots=True)
class NightSettings:
    """What lies in the inbox, and what is done with it."""

    quiet_s: int = _between(120, 0, 86_400)
    """A file that nobody has written to for this long is complete, where no trigger file says so: exports of a large
    shop are written for a minute or two."""
    relearn_days: int = _between(7, 1, 365)
    """Days for which learned models are carried over: a week moves no weight by more than its doubt, and learning
    costs more than the rest of the night."""
    file_mb_at_most: int = _between(2_000, 1, 100_000)
    """A larger file is not read: ten years of a busy store's lines are smaller."""
    reports_kept: int = _between(60, 2, 10_000)
    """Reports, done files and quarantine folders of this many nights are kept: two months answer any question that a
    manager asks."""


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Between this machine and head office."""

    role: str = _one_of("alone", "alone", "device", "office")
    """`alone`: one machine that does everything; `device`: fetches packs and pushes events; `office`: collects, builds
    and publishes (a manager's machine, or a chain's head office)."""
    place: str = _text("")
    """Where both sides write: a folder, `file:///media/stick`, `s3://bucket/path`, `sftp://host/path`."""
    store: str = _text("")
    """Id of this device's store; of an office with one store, that store's."""
    stores: str = _text("")
    """An office's stores, separated by commas, each with a folder of its own below `stores/`; empty for one store."""
    ledger: str = _text("")
    """Database of the ledger, as an SQLAlchemy URL; empty for SQLite in the data folder. `CLERK_LEDGER` overrides it,
    so that a password need not stand in a file."""
    archive: str = _text("")
    """A second place that keeps every bundle of events; only what was read back from it counts as durable, and only
    what is durable may be forgotten by a device."""
    keep_days: int = _between(35, 7, 3650)
    """Days for which a device keeps events that are durable at head office: a month's questions are answered here."""
    warn_hours: int = _between(36, 1, 720)
    """Age of the data from which the counter says so: one missed night."""


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
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)


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
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
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
            raise SettingsError(f"There is no settings area [{area}].", f"Areas are: {', '.join(areas)}.")
        if not isinstance(values, dict):
            raise SettingsError(f"{area} is not a table.", f"Write [{area}] and one `name = value` a line below it.")
        make: Any = areas[area].default_factory
        known = {one.name: one for one in fields(make)}
        for name, value in values.items():
            if name not in known:
                raise SettingsError(f"{area}.{name} is no setting.", f"Settings of {area}: {', '.join(known)}.")
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
