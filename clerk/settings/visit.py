"""Constants of the visit: the usual, what is due, what is mentioned, how scans and searches are read."""

from __future__ import annotations

from dataclasses import dataclass

from clerk.settings.kinds import between


@dataclass(frozen=True, slots=True)
class UsualSettings:
    """When a usual is named. Recent visits count more; a sure share is what holds for sure, given how few they were."""

    shown_from: int = between(3, 2, 100)
    """Visits before anything is called usual: with fewer, two of two would be a pattern (evidence, usual 7)."""
    lines_at_most: int = between(3, 1, 9)
    """Lines read aloud together; a longer list is not read but skimmed."""
    last_lines_at_most: int = between(12, 1, 60)
    """Lines shown of "as last time"; a weekly shop has dozens and nobody reads them at a counter."""
    window: int = between(10, 3, 100)
    """Visits that the sentence "7 of the last 10 visits" looks back on."""
    counter_basket_size: float = between(4.0, 1, 1000)
    """Shops whose mean basket is smaller are counters (cafés), others are groceries: coffee cards hold 1.0 items a
    visit, the Complete Journey 9.4; nothing measured lies between 2 and 9."""
    counter_decay: float = between(0.8, 0.1, 1)
    """Weight lost a visit at a counter (usual 4.1: beats .9 and counting rules on coffee cards)."""
    grocery_decay: float = between(0.9, 0.1, 1)
    """Weight lost a visit in a grocery (usual 4.1)."""
    counter_doubt: float = between(1.0, 0, 1000)
    """Visits without a thing that a counter assumes beforehand where nothing was learned: three of three visits then
    count as three of four."""
    grocery_doubt: float = between(12.0, 0, 1000)
    """The same in a grocery: of hundreds of things, some come back by chance (fitted on the Complete Journey)."""
    kind_doubt: float = between(8.0, 0, 1000)
    """The same for an item type (fitted on the Complete Journey)."""
    counter_usual: float = between(0.75, 0.05, 1)
    """Sure share from which "the usual" is said at a counter where nothing was learned: right .94 of the time on coffee
    cards, in every band of visits."""
    counter_often: float = between(0.5, 0.05, 1)
    """Sure share from which "often" is said at a counter: right .74 to .90 of the time on coffee cards."""
    grocery_usual: float = between(1.0, 0.05, 1)
    """In a grocery nothing is called the usual before the night has learned it: no share of the Complete Journey is
    right often enough."""
    grocery_often: float = between(0.38, 0.05, 1)
    """Sure share from which a single SKU is said in a grocery: right .79 of the time on the Complete Journey."""
    kind_often: float = between(0.38, 0.05, 1)
    """Sure share from which an item type ("milk") is worth saying: right .66 to .70 of the time there."""
    said_from: float = between(0.5, 0.05, 1)
    """Share of the visits below which neither "the usual" nor "often" is said, whatever was fitted at night: who hears
    "often" takes it for more often than not."""
    changed_days: int = between(180, 1, 3650)
    """Days for which a changed recipe is mentioned; after half a year it is simply how they take it."""
    kind_too_wide: float = between(0.34, 0.01, 1)
    """An item type that holds more than this part of the shop's items says nothing ("often buys food")."""


@dataclass(frozen=True, slots=True)
class DueSettings:
    """When a consumable is shown as due."""

    baskets_from: int = between(3, 2, 50)
    """Purchases before anything is called due: one gap is no interval yet."""
    horizon_days: int = between(14, 1, 120)
    """The promise "within 14 days" (usual 7)."""
    shown_from: float = between(0.3, 0, 1)
    """Least probability within the horizon that is worth a line (usual 7)."""
    least_interval_days: float = between(3.0, 0, 60)
    """Things bought more often are a habit, not a need that runs out; the usual shows them."""
    soon: float = between(0.8, 0.1, 1)
    """Part of the interval after which it is due soon."""
    overdue: float = between(1.25, 1, 10)
    """Part of the interval after which it is overdue: a quarter late is beyond a regular buyer's own spread, and much
    later the chance that it is still wanted has fallen below what is shown."""
    lapsed: float = between(3.0, 1, 100)
    """Three intervals missed: bought elsewhere or given up; saying it for ever would be nagging."""
    own_weight: float = between(1.5, 0, 100)
    """Gaps that the item's own rhythm counts for beside the member's (usual, appendix)."""
    item_weight: float = between(10.0, 0, 1000)
    """Gaps that the shop's rhythm counts for beside the item's (usual, appendix)."""
    quit_share: float = between(0.25, 0, 0.99)
    """Chance, at each purchase, that it was the last; without it a renewal estimate badly over-promises (usual 4.2)."""
    shown_at_most: int = between(3, 0, 20)
    """Lines on the card."""


@dataclass(frozen=True, slots=True)
class SuggestSettings:
    """What may be mentioned. A score reads as "how likely is this bought within 90 days"."""

    slots: int = between(3, 1, 3)
    """Suggestions a visit: what a person can say in one breath. The card has three places."""
    chance_from: float = between(0.03, 0, 1)
    """Chance of a purchase within 90 days below which nothing new is mentioned, whatever the night worked out."""
    cards_speak: float = between(0.5, 0.01, 1)
    """Part of the members who come whose card should hold something new: the night works out from which chance on. With
    half of them .15 of what is said is bought within 90 days, with all of them .11 (docs/figures.md)."""
    heard_by_at_most: float = between(0.02, 0.0001, 1)
    """Part of the members who come that may hear of one new item, those likeliest to buy it: otherwise everybody hears
    of the same bestsellers."""
    score_from: float = between(0.08, 0, 1)
    """Without learned chances: score of what is bought with a habit below which silence is better."""
    speaks_from: float = between(0.04, 0, 1)
    """Part of the visits that must hold an item before it is the reason for anything: two purchases in a hundred visits
    are no habit."""
    given_up_days: float = between(28.0, 1, 3650)
    """Days of visits without it, and three of its own intervals (due.lapsed), after which a habit has been given up
    and nothing is drawn from it any more."""
    owners_part: float = between(0.2, 0, 1)
    """Part of the members with a habit who own a thing as well, before the habit is its reason: "5 of 45 members who
    buy banana bread" convinces nobody."""
    owners_lift: float = between(1.3, 0, 1000)
    """How many times that part has to be the part among all members; below, the thing is merely a bestseller."""
    company_seeds: int = between(8, 1, 40)
    """Habit items asked for company."""
    company_together: int = between(5, 1, 1000)
    """Baskets two items must share before it is said; below, it is chance."""
    company_lift: float = between(1.3, 0, 1000)
    """How much more often than by chance; below, the companion is merely a bestseller."""
    company_part: float = between(0.1, 0, 1)
    """Part of the baskets with the one that hold the other before "bought with" is said: 5 of 800 convinces nobody."""
    company_prior: float = between(20.0, 0, 10000)
    """Baskets without the companion that are assumed beforehand, so that 3 of 4 does not beat 80 of 200."""
    taste_like: float = between(0.5, -1, 1)
    """Closeness of two descriptions from which one thing may stand in for another of another type."""
    instead_expected: float = between(5.0, 0.5, 10000)
    """Baskets two things of one part of the shop would share by chance, from which on sharing fewer says that one is
    bought instead of the other."""
    looked_at: int = between(16, 3, 200)
    """Candidates a source may bring to the gates."""
    never_halves: float = between(0.5, 0, 1)
    """A "never" to an item also weakens its item type (usual 7)."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """How long each reason for silence lasts, in days."""

    just_bought_days: int = between(3, 0, 365)
    """Bought this recently (or in the latest basket) is not news; for due items the interval itself decides."""
    durable_days: int = between(730, 1, 36500)
    """A kettle lasts years; two of them is the shortest that nobody found foolish."""
    durable_repeat: float = between(0.1, 0, 1)
    """Items of which a smaller part of buyers ever bought again behave like durables: costs no recall (usual 4.3)."""
    durable_buyers: int = between(20, 1, 100000)
    """Buyers before that share is believed."""
    has_it_days: int = between(180, 1, 36500)
    """A consumable the member has at home from elsewhere rests; a durable stays quiet for good."""
    not_now_days: int = between(14, 0, 3650)
    """"Not now" is about this week, not about the thing."""
    ignored_rate: float = between(0.3, 0, 10)
    """Each showing passed over multiplies the score by exp(-this) (usual 7; a choice, not measured)."""
    ignored_half_life_days: float = between(30.0, 1, 3650)
    """Passed-over showings lose half their weight in this time (usual 7; a choice, not measured)."""
    ignored_stop: float = between(4.0, 0.5, 1000)
    """Weight of showings passed over at which it stops: exp(-.3 x 4) leaves under a third of the score."""
    one_off_visits: int = between(3, 1, 100)
    """Visits without it after a single purchase: tried once, not taken up."""


@dataclass(frozen=True, slots=True)
class StandingSettings:
    """When a good member counts as staying away."""

    visits_from: int = between(5, 2, 1000)
    """Visits before somebody has a rhythm to fall out of."""
    away_gaps: float = between(3.0, 1, 100)
    """Own intervals without a visit: as long as a due item is given up after (due.lapsed)."""
    away_days: int = between(14, 1, 3650)
    """Days at the least: a daily guest on a week's holiday is not slipping."""


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """House picks, chosen by the shop: earned by accepted suggestions, closed by one bad reaction."""

    start: int = between(1, 0, 10)
    """Credits a member starts with: somebody new may be asked once, or nothing could ever be earned."""
    most: int = between(3, 1, 50)
    """Credits kept at the most: a good year of answers is no licence for a month of advertising."""
    score: float = between(0.1, 0, 1)
    """How likely a house pick is welcome at best (3.8 % measured without a word said, usual 4.4; an associate who
    mentions it does better). A suggestion of the member's own that is likelier never gives way to it."""
    shown_at_most: int = between(2, 1, 100)
    """Times one house pick is shown to one member without being taken: twice is a reminder, three times is a nuisance
    (a choice, not measured)."""
    exposure_at_most: int = between(60, 1, 1_000_000)
    """Showings of one house pick at all counters in `exposure_days`: left alone, picks collapse onto a few items
    (usual 4.4: 31 to 65)."""
    exposure_days: int = between(7, 1, 365)
    """A week: the rhythm in which shops change what stands in front."""
    refused_half_life_days: float = between(90.0, 1, 3650)
    """A refusal loses half its weight in a season (a choice, not measured)."""
    refused_from: float = between(0.25, 0.01, 1)
    """Weight of refusals at which house picks are closed: one refusal closes them for two half-lives, half a year; a
    second on top of it for longer."""
    rising_baskets: int = between(10, 1, 100_000)
    """Baskets in the latest four weeks before anything is called rising; below, one family's party is a trend."""
    rising_times: float = between(1.5, 1, 100)
    """Times its usual share of what is sold before it is called rising."""
    rising_items: int = between(50, 1, 1000)
    """Rising items offered at the most (usual 4.4: top 50)."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """How keys become a code."""

    code_length: int = between(6, 3, 64)
    """Shortest typed text with a digit in it that is taken for a code; shorter is the end of a phone number."""
    longest: int = between(512, 32, 8192)
    """Characters kept of one scan; a longer burst is a jammed key or an attack."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """Searching members and items."""

    rows: int = between(20, 1, 200)
    """Rows a search brings back; the true total stands beside them."""
    words_weight: float = between(0.4, 0, 1)
    """Part of words in the fused score (evidence, search)."""
    meaning_weight: float = between(0.6, 0, 1)
    """Part of meaning in the fused score (evidence, search)."""
    union: int = between(100, 10, 1000)
    """Best hits of each that are fused (evidence, search)."""
