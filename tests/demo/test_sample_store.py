"""The sample store as it is written."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from clerk.cards.code import check
from clerk.demo.cast import cast
from clerk.demo.sample_store import source_folder, write_sample_store

TODAY = date(2026, 3, 18)
HEADERS = {
    "members": "member_id,name,given_name,phone,email,birthday,joined_on,locale,home_store",
    "items": "sku,name,gtin,description,category,brand,price,currency,durable,sensitive,age_restricted,allergens,"
    "variant_of,audience,diets,mention,goes_with,language",
    "lines": "basket_id,member_id,sku,sold_at,quantity,unit_price,line_total,modifiers,kind,gift,store_id,channel,"
    "line_no",
    "cards": "code,member_id,status,issued_at",
    "stock": "sku,on_hand,store_id,shelf,counted_at",
    "modifiers": "sku,category,group,option,price,available",
    "consents": "member_id,purpose,state,at,channel,wording,by",
    "privileges": "tier,text,until",
}
Rows = list[dict[str, str]]
Tables = dict[str, Rows]


def written(folder: Path, today: date = TODAY, until: datetime | None = None) -> Tables:
    write_sample_store(folder, today, until=until)
    tables = {}
    for name in HEADERS:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    return tables


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample")


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return written(folder)


def baskets(tables: Tables, member_id: str) -> list[Rows]:
    """The member's baskets, oldest first."""
    found: dict[str, Rows] = defaultdict(list)
    for row in tables["lines"]:
        if row["member_id"] == member_id:
            found[row["basket_id"]].append(row)
    return sorted(found.values(), key=lambda basket: basket[0]["sold_at"])


def member(tables: Tables, name: str) -> str:
    return next(row["member_id"] for row in tables["members"] if row["name"] == name)


def drink(basket: Rows) -> tuple[str, str]:
    return basket[0]["sku"], basket[0]["modifiers"]


def test_headers_are_the_canonical_names(folder: Path, tables: Tables) -> None:
    for name, header in HEADERS.items():
        assert (folder / f"{name}.csv").read_text(encoding="utf-8").partition("\n")[0] == header, name
        assert tables[name], name


def test_the_same_day_and_seed_give_the_same_bytes(folder: Path, tables: Tables, tmp_path: Path) -> None:
    """In another process with another hash seed, as between two machines."""
    code = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from clerk.demo.sample_store import write_sample_store;"
        f"write_sample_store(Path(sys.argv[1]), date({TODAY.year}, {TODAY.month}, {TODAY.day}))"
    )
    project = str(Path(__file__).parents[3])
    environment = {"PYTHONPATH": project, "PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    for path in sorted(folder.iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_another_seed_is_another_crowd_around_the_same_cast(tables: Tables, tmp_path: Path) -> None:
    write_sample_store(tmp_path, TODAY, seed=8)
    with (tmp_path / "members.csv").open(encoding="utf-8", newline="") as file:
        others = list(csv.DictReader(file))
    assert [row["name"] for row in others[:32]] == [row["name"] for row in tables["members"][:32]]
    assert [row["name"] for row in others[32:]] != [row["name"] for row in tables["members"][32:]]


def test_a_year_of_visits_ends_on_the_morning_of_today(tables: Tables) -> None:
    at = [datetime.fromisoformat(row["sold_at"]) for row in tables["lines"]]
    assert max(at).date() == TODAY
    assert max(at).hour < 8
    assert timedelta(days=350) <= max(at) - min(at) <= timedelta(days=366)
    assert 15_000 <= len(at) <= 35_000
    assert at == sorted(at)


def test_nothing_is_written_later_than_now(tmp_path: Path) -> None:
    now = datetime(2026, 3, 18, 0, 40)
    tables = written(tmp_path, until=now)
    assert max(row["sold_at"] for row in tables["lines"]) < now.isoformat()
    assert {row["counted_at"] for row in tables["stock"]} == {"2026-03-17T06:05:00"}


def test_every_line_is_of_a_known_item_and_member(tables: Tables) -> None:
    assert {row["sku"] for row in tables["lines"]} <= {row["sku"] for row in tables["items"]}
    members = {row["member_id"] for row in tables["members"]}
    for name in ("lines", "cards", "consents"):
        assert {row["member_id"] for row in tables[name]} <= members
    assert {row["sku"] for row in tables["stock"]} <= {row["sku"] for row in tables["items"]}


def test_every_modifier_that_was_sold_is_on_the_menu(tables: Tables) -> None:
    category = {row["sku"]: row["category"] for row in tables["items"]}
    menu = {(row["sku"] or row["category"], f"{row['group']}={row['option']}") for row in tables["modifiers"]}
    for row in tables["lines"]:
        for choice in filter(None, row["modifiers"].split("; ")):
            assert (row["sku"], choice) in menu or (category[row["sku"]], choice) in menu, (row["sku"], choice)


def test_prices_add_up(tables: Tables) -> None:
    price = {row["sku"]: round(float(row["price"]) * 100) for row in tables["items"]}
    for row in tables["lines"]:
        unit, total = (round(float(row[column]) * 100) for column in ("unit_price", "line_total"))
        assert total == unit * int(row["quantity"])
        assert unit >= price[row["sku"]] - 30


def test_a_line_is_known_by_basket_and_number(tables: Tables) -> None:
    keys = Counter((row["basket_id"], row["line_no"]) for row in tables["lines"])
    assert max(keys.values()) == 1
    owners = {(row["basket_id"], row["member_id"]) for row in tables["lines"]}
    assert len(owners) == len({basket for basket, _ in owners})


def test_everybody_has_one_valid_card_of_our_own_that_opens(tables: Tables) -> None:
    own = [row for row in tables["cards"] if len(row["code"]) == 24]
    assert all(check(row["code"]) for row in own)
    assert len({row["code"] for row in own}) == len(own)
    active = Counter(row["member_id"] for row in own if row["status"] == "active")
    assert set(active.values()) == {1}
    assert len(active) == len(tables["members"]) == 400


def test_one_card_is_lost_and_some_carry_a_foreign_number(tables: Tables) -> None:
    assert [row["status"] for row in tables["cards"]].count("revoked") == 1
    foreign = [row["code"] for row in tables["cards"] if len(row["code"]) == 13]
    assert len(foreign) >= 20
    for code in foreign:
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code)) % 10 == 0
    assert Counter(Counter(foreign).values())[2] == 1, "one number is shared by a household"


def test_the_demo_card_never_changes(tables: Tables, folder: Path) -> None:
    shop = tomllib.loads((folder / "store.toml").read_text(encoding="utf-8"))
    assert (shop["demo_member"], shop["source"], shop["store_id"]) == ("M0001", "sample", "0412")
    code = next(row["code"] for row in tables["cards"] if row["member_id"] == "M0001")
    assert code == "BHLPXLVNVDLLSRJTSFNTHJBS"


@pytest.mark.parametrize("days", range(9))
def test_on_any_day_the_demo_member_has_a_usual_and_beans_about_due(days: int, tmp_path: Path) -> None:
    today = TODAY + timedelta(days=days)
    tables = written(tmp_path, today)
    visits = baskets(tables, "M0001")
    usual, seen = Counter(drink(basket) for basket in visits[-10:]).most_common(1)[0]
    assert usual == ("D-FLATWHITE", "Size=Regular; Milk=Oat; Strength=Extra shot; Syrup=Half vanilla")
    assert seen >= 7
    assert sum(any(row["sku"] == "BK-ALMOND" for row in basket) for basket in visits[-10:]) >= 7
    assert drink(visits[-1]) == usual
    last = datetime.fromisoformat(visits[-1][0]["sold_at"]).date()
    assert timedelta(days=1) <= today - last <= timedelta(days=4)
    beans = [date.fromisoformat(b[0]["sold_at"][:10]) for b in visits for r in b if r["sku"] == "C-HARBOUR-250"]
    gaps = [(later - earlier).days for earlier, later in pairwise(beans)]
    assert 10 <= sorted(gaps)[len(gaps) // 2] <= 14
    assert 8 <= (today - beans[-1]).days <= 14


def test_weekday_habits_stay_on_weekdays_whatever_day_it_is(tmp_path: Path) -> None:
    for days in (0, 3):
        tables = written(tmp_path, TODAY + timedelta(days=days))
        mondays = [date.fromisoformat(basket[0]["sold_at"][:10]).weekday() for basket in baskets(tables, "M0007")]
        assert mondays.count(0) / len(mondays) > 0.9


def test_the_cast_is_there_in_its_order(tables: Tables) -> None:
    personas = cast(source_folder() / "people.toml")
    assert [row["name"] for row in tables["members"][: len(personas)]] == [persona.name for persona in personas]
    assert all(len(persona.see) > 10 for persona in personas)


def test_two_members_share_a_name_and_two_the_end_of_a_number(tables: Tables) -> None:
    names = Counter(row["name"] for row in tables["members"] if row["name"])
    assert [name for name, times in names.items() if times > 1] == ["Maria Silva"]
    endings = Counter(row["phone"].replace(" ", "")[-4:] for row in tables["members"] if row["phone"])
    assert endings["0471"] >= 2
    assert any(row["name"] == "" for row in tables["members"])


def test_names_that_try_to_be_markup_are_there(tables: Tables) -> None:
    names = [row["name"] for row in tables["members"]]
    assert "[/] O'Brien [bold red]" in names
    assert any("\x1b" in name and "\u202e" in name for name in names)
    assert sum(not name.isascii() for name in names) > 60


def test_phones_and_mails_are_reserved_for_fiction(tables: Tables) -> None:
    phones = [row["phone"].replace(" ", "") for row in tables["members"] if row["phone"]]
    assert len(set(phones)) == len(phones) > 300
    assert all(phone.startswith(("+447700900", "+442079460")) and len(phone) == 13 for phone in phones)
    assert all(row["email"].endswith("@example.org") for row in tables["members"] if row["email"])


def test_the_recipe_of_one_member_changed_some_months_ago(tables: Tables) -> None:
    visits = baskets(tables, member(tables, "Łukasz Wójcik"))
    assert Counter(drink(basket) for basket in visits[:20]).most_common(1)[0][0][0] == "D-CAPPUCCINO"
    assert Counter(drink(basket) for basket in visits[-20:]).most_common(1)[0][0][0] == "D-FLATWHITE"


def test_the_last_visit_of_one_member_differs_from_the_usual(tables: Tables) -> None:
    visits = baskets(tables, member(tables, "Priya Raman"))
    usual, seen = Counter(drink(basket) for basket in visits[-10:]).most_common(1)[0]
    assert seen >= 7
    assert drink(visits[-1]) != usual


def test_a_part_of_one_usual_is_out_today(tables: Tables) -> None:
    visits = baskets(tables, member(tables, "Theo Marchetti"))
    assert sum("Milk=Coconut" in drink(basket)[1] for basket in visits[-10:]) >= 8


def test_a_best_member_stays_away(tables: Tables) -> None:
    visits = baskets(tables, member(tables, "Catherine Ashworth"))
    last = date.fromisoformat(visits[-1][0]["sold_at"][:10])
    assert 70 <= (TODAY - last).days <= 90
    assert len(visits) > 150


def test_some_said_no(tables: Tables) -> None:
    said: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in sorted(tables["consents"], key=lambda row: row["at"]):
        said[row["member_id"]][row["purpose"]] = row["state"]
    assert said[member(tables, "Jonas Weber")] == {"remember": "given", "suggest": "withdrawn"}
    assert said[member(tables, "Miriam Katz")]["remember"] == "withdrawn"
    assert said["M0001"] == {"remember": "given", "suggest": "given", "contact": "given"}
    assert member(tables, "Jamie Okoro") not in said, "a newcomer whom nobody asked yet"
    assert 360 < len(said) < 390
    assert 300 < sum(one.get("suggest") == "given" for one in said.values()) < 360


def test_the_office_buys_by_the_dozen(tables: Tables) -> None:
    visits = baskets(tables, member(tables, "Tom Adeyemi"))
    assert sum(int(row["quantity"]) for basket in visits for row in basket) / len(visits) > 20
    assert {row["channel"] for basket in visits for row in basket} == {"order-ahead"}


def test_presents_are_flagged_and_a_return_names_what_was_bought(tables: Tables) -> None:
    assert 30 <= sum(row["gift"] == "yes" for row in tables["lines"]) <= 400
    back = [row for row in tables["lines"] if row["kind"] == "return"]
    assert back
    for row in back:
        assert int(row["quantity"]) < 0
        assert any(
            other["sku"] == row["sku"] and other["kind"] == "sale" and other["sold_at"] < row["sold_at"]
            for other in tables["lines"]
            if other["member_id"] == row["member_id"]
        )


def test_newcomers_tourists_and_the_never_seen_are_there(tables: Tables) -> None:
    visits = {name: len(baskets(tables, member(tables, name))) for name in
              ("Jamie Okoro", "Zoë Fairweather", "田中 雪", "Femi Okafor", "Harriet Blackwood")}  # fmt: skip
    assert visits["Jamie Okoro"] == 1
    assert visits["Zoë Fairweather"] == 2
    assert visits["田中 雪"] == 4
    assert visits["Femi Okafor"] == 0
    assert visits["Harriet Blackwood"] > 300


def test_some_visits_are_to_the_other_store_and_something_is_new(tables: Tables) -> None:
    assert {row["store_id"] for row in tables["lines"]} == {"0412", "0417"}
    first = min(row["sold_at"] for row in tables["lines"] if row["sku"] == "BK-CARDAMOM")
    assert first >= (TODAY - timedelta(days=45)).isoformat()
