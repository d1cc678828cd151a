"""Lives of one member in shops of one and of several machines, at random and by seed: what a byte search goes over.

A life is a shop, commands in random order that leave traces of the member everywhere, an erasure at one of the
machines, and then one night of each machine by whatever commands it exchanges. Everything is done as a person does it:
by commands, at a counter's desk, or at a kiosk's.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clerk.cli import main
from clerk.clock import DAY_S, FixedClock, ShopClock, to_datetime
from clerk.desk import Desk
from clerk.desk.kiosk.session import KioskDesk
from clerk.errors import ClerkError
from clerk.exchange.between.keys import make_office
from clerk.exchange.between.locations import Location
from clerk.exchange.device.enrol import enrol
from clerk.exchange.office.devices import accept
from clerk.keys_at_rest import Key
from clerk.model import AnswerKind, ConsentState, EventKind, Nobody, Purpose, Record
from clerk.model.kiosk import KioskRefused
from clerk.nights.by_role import night
from clerk.nights.local import Means
from clerk.pack.generations import rollback
from clerk.privacy.erasure import Scope
from tests.pack_build.shop import ITEMS, write_table
from tests.privacy.byte_search import Keys, Traces

STORE = "0412"
NOW = ShopClock().now()
"""Events carry the machine's own time, which a clock may not contradict."""
TOPOLOGIES = ("alone", "office and devices", "office that is a counter, encrypted, with an archive")
MEMBER_COLUMNS = ("member_id", "name", "given_name", "phone", "email", "joined_on")
LINE_COLUMNS = ("basket_id", "member_id", "sku", "sold_at", "quantity")
REPORTS_KEPT = 2
"""Nights for which exports are kept: as few as may be set, so that a life need not go on for months."""
_VOWELS, _CONSONANTS = "aeiouåö", "bdfgklmnprstvz"


@dataclass
class Machine:
    """One machine of the shop."""

    name: str
    home: Path
    role: str
    """alone, office or device."""
    is_counter: bool = True


@dataclass
class Person:
    """The member whose life this is; the id, once somebody knows it."""

    given: str
    family: str
    phone: str
    email: str
    traces: Traces = field(default_factory=Traces)
    member_id: str = ""
    code: str = ""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


def a_word(r: random.Random, syllables: int) -> str:
    """Letters that stand in no text by chance."""
    return "".join(r.choice(_CONSONANTS) + r.choice(_VOWELS) for _ in range(syllables)) + "x"


def a_person(r: random.Random) -> Person:
    """Somebody whose name, phone and address nobody else has."""
    given, family = a_word(r, 4).capitalize(), a_word(r, 5).capitalize()
    number = f"+43 6{r.randrange(10, 99)} {r.randrange(10**6, 10**7)}"
    made = Person(given, family, number, f"{a_word(r, 4)}.{a_word(r, 4)}@example.org")
    made.traces.add("name", made.given, made.family)
    made.traces.add("e-mail", made.email)
    made.traces.add_phone(number)
    return made


class Shop:
    """Machines of one shop, and a day that goes on."""

    def __init__(self, folder: Path, topology: str, seed: int, settings: str = "") -> None:
        self.r = random.Random(f"{topology}{seed}")
        self.folder, self.topology, self.seed = folder, topology, seed
        self.day = 0.0
        self.outside = folder / "outside"
        self.location, self.archive = folder / "location", folder / "archive"
        self.machines: list[Machine] = []
        self._settings = settings
        self.exported: list[Path] = []
        """Where copies were handed out to: folders and files that people keep."""
        self.done: list[str] = []
        """What happened, for whoever reads a failure."""
        self.erased_at = 0
        self.key = Key(self.r.randbytes(32).hex()) if "encrypted" in topology else None
        for one in (self.outside, self.location, self.archive):
            one.mkdir(parents=True)
        self._machines()
        self.person = a_person(self.r)
        self.joined_at_counter = self.r.random() < 0.3
        if not self.joined_at_counter:
            self.person.member_id, self.person.code = "m1", "111222333"
        self.exports()
        for one in (*self.machines, *self.machines[1:]):
            self.night(one)
        if self.joined_at_counter:
            self._join()
        self._counter = contextlib.ExitStack()
        if self.r.random() < 0.5:
            # As in a shop, whose counters are open while others work.
            self._counter.enter_context(self.desk(self.r.choice(self.counters)))

    def close(self) -> None:
        """Closes the counter."""
        self._counter.close()

    # ---- the shop

    def _machines(self) -> None:
        (self.folder / "rest.key").write_text(f"{self.key.hex}\n" if self.key else "")
        (self.folder / "rest.key").chmod(0o600)
        if self.topology == "alone":
            self._machine("shop", "alone")
            return
        office = self._machine("office", "office", is_counter="counter" in self.topology)
        file = make_office(office.home, now=NOW - DAY_S)
        tills = [self._machine("till", "device"), self._machine("other", "device")]
        for one in ([office] if office.is_counter else []) + tills:
            asked = enrol(one.home, file, Location(self.location), STORE, one.name, clock=FixedClock(NOW - DAY_S))
            accept(office.home, Location(self.location), STORE, asked.device.device)

    def _machine(self, name: str, role: str, *, is_counter: bool = True) -> Machine:
        made = Machine(name, self.folder / name, role, is_counter)
        made.home.mkdir()
        (made.home / "ballast").touch()
        text = f"[nightly]\nreports_kept = {REPORTS_KEPT}\n{self._settings}"
        if role != "alone":
            text += f'[exchange]\nrole = "{role}"\nplace = "{self.location.as_posix()}"\nstore = "{STORE}"\n'
            if role == "office" and "archive" in self.topology:
                text += f'archive = "{self.archive.as_posix()}"\n'
        if self.key:
            text += f'[rest]\nkey = "file:{(self.folder / "rest.key").as_posix()}"\n'
        (made.home / "settings.toml").write_text(text)
        self.machines.append(made)
        return made

    @property
    def office(self) -> Machine:
        return self.machines[0]

    @property
    def counters(self) -> list[Machine]:
        """Where members are met; one till never meets this one."""
        return [one for one in self.machines if one.is_counter and one.name != "other"]

    def folders(self) -> dict[str, Path]:
        """Everything to search, by name."""
        found = {one.name: one.home for one in self.machines}
        if self.topology != "alone":
            found |= {"location": self.location, "archive": self.archive}
        return found | {"tmp": self.folder / "tmp"} if (self.folder / "tmp").exists() else found

    def keys(self) -> Keys:
        return Keys(self.key, None if self.topology == "alone" else self.office.home, STORE)

    @property
    def now(self) -> int:
        return NOW + round(self.day * DAY_S)

    def clock(self) -> FixedClock:
        return FixedClock(self.now)

    def later(self, days: float = 0.0) -> None:
        """Time goes on; by ten minutes at least."""
        self.day += days or 0.007

    def run(self, one: Machine, *command: str) -> str:
        """A command, as a person types it; what it printed."""
        self.later()
        self.done.append(f"{one.name}: {' '.join(command)}")
        out, err = io.StringIO(), io.StringIO()
        at = f"{to_datetime(self.now):%Y-%m-%dT%H:%M}"
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([*command, "--home", str(one.home), "--at", at])
        assert code == 0, f"{command} at {one.name}: {code} {out.getvalue()} {err.getvalue()}"
        return out.getvalue()

    def night(self, one: Machine) -> None:
        """`clerk nightly`, without learning, which is the same for everybody and takes seconds."""
        self.later()
        self.done.append(f"{one.name}: nightly")
        report = night(one.home, Means(self.clock(), everything=True))
        assert report.error is None, (one.name, report.text())

    @contextlib.contextmanager
    def desk(self, one: Machine) -> Iterator[Desk]:
        self.later()
        opened = Desk.open(one.home, clock=self.clock(), actor="command")
        try:
            yield opened
        finally:
            opened.close()

    def knows(self, one: Machine) -> bool:
        """Whether the member can be met there."""
        if not self.person.member_id or not (one.home / "packs" / "CURRENT").exists():
            return False
        with self.desk(one) as desk:
            return not isinstance(desk.finding.who(self.person.member_id), Nobody)

    # ---- what is done

    def _join(self) -> None:
        one = self.r.choice(self.counters)
        person = self.person
        told = json.loads(
            self.run(one, "join", person.name, "--phone", person.phone, "--email", person.email, "--json")
        )
        person.member_id, person.code = told["member_id"], told["code"]

    def exports(self, *, late: bool = False, bad: bool = False, bought: bool = True) -> None:
        """The till system delivers: everybody, and what they bought; the member's own purchases only where `bought`."""
        self.done.append(f"exports{' late' if late else ''}{' bad' if bad else ''}")
        inbox, person = self.office.home / "inbox", self.person
        tag = self.r.randrange(10**6)
        day = to_datetime(self.now - DAY_S).isoformat(sep="T")
        members = [("m2", "Grace Hopper", "Grace", "+43 664 1112223", "grace@example.org", "2020-01-05")]
        if not self.joined_at_counter:
            members.append(("m1", person.name, person.given, person.phone, person.email, "2020-01-05"))
        members += [(f"n{tag}-{k}", f"Member {tag} {k}", "", "", "", "2021-02-03") for k in range(3)]
        if bad:
            # No id, so that the row is set aside with the name in it.
            members.append(("", person.name, person.given, person.phone, person.email, "2020-01-05"))
        lines = [(f"g{tag}-{k}", "m2", "CR", day, "1") for k in range(3)]
        if not self.joined_at_counter and bought:
            lines += [(f"basket{tag}{k}", "m1", "FW", day, "1") for k in range(3)]
            self.person.traces.add("purchases", f"basket{tag}")
        if bad and self.r.random() < 0.5:
            # A list that nobody described: the night leaves it where it is.
            (inbox / f"list-{tag}.csv").write_text(f"who;what\n{person.name};{person.phone}\n", encoding="utf-8")
        write_table(inbox, "items", ("sku", "name", "category"), ITEMS)
        write_table(inbox, "members", MEMBER_COLUMNS, members)
        write_table(inbox, "cards", ("code", "member_id"), [("444555666", "m2"), *(
            [] if self.joined_at_counter else [("111222333", "m1")])])  # fmt: skip
        write_table(inbox, "lines", LINE_COLUMNS, lines)
        (inbox / "store.toml").write_text(f'store_id = "{STORE}"\nstore = "Corner"\ncountry = "AT"\n')

    def exchange(self, one: Machine) -> None:
        """One step of the exchange, whichever this machine can do."""
        steps = {
            "alone": ("nightly",),
            "device": ("push", "fetch", "nightly"),
            "office": ("collect", "publish", "nightly"),
        }
        step = self.r.choice(steps[one.role])
        if step == "nightly":
            self.night(one)
        else:
            self.run(one, step)

    def something(self) -> None:
        """Any one thing that leaves a trace, at any machine that knows the member, or a step of the exchange."""
        # Also at an office that is no counter: commands record in a journal of its own, which goes nowhere.
        knowing = [one for one in self.machines if one.name != "other" and self.knows(one)]
        what = self.r.random()
        if what < 0.3 or not knowing:
            self.exchange(self.r.choice(self.machines))
        elif what < 0.42:
            self.exports(bad=self.r.random() < 0.5)
        else:
            self._at_counter(self.r.choice(knowing))

    def _at_counter(self, one: Machine) -> None:
        person, r = self.person, self.r
        deeds: list[Callable[[], None]] = [
            lambda: self._note(one), lambda: self._note(one), lambda: self._state(one), lambda: self._visit(one),
            lambda: self._correct(one), lambda: self._kiosk(one), lambda: self._card(one), lambda: self._copy(one),
            lambda: self.run(one, "consent", person.member_id, r.choice(["suggest", "contact"]), "given") and None,
            lambda: self.run(one, "answer", person.member_id, r.choice(["OL", "CR"]), "never") and None,
            lambda: self.run(one, "show", person.member_id) and None,
        ]  # fmt: skip
        r.choice(deeds)()

    def _note(self, one: Machine) -> None:
        text = f"{a_word(self.r, 4)} {a_word(self.r, 4)}" + " and so on" * self.r.choice([0, 0, 1, 40])
        self.person.traces.add("note", *text.split()[:2])
        with contextlib.suppress(ClerkError), self.desk(one) as desk:
            self.done.append(f"{one.name}: note")
            desk.records.append(desk.records.fact(self.person.member_id, "note", text[:200])).result(10)

    def _state(self, one: Machine) -> None:
        word = a_word(self.r, 4)
        self.person.traces.add("note", word)
        self.run(one, "state", self.person.member_id, self.r.choice(["allergen", "dislike"]), word)

    def _visit(self, one: Machine) -> None:
        self.done.append(f"{one.name}: visit")
        with self.desk(one) as desk:
            desk.visit.scan(self.person.code)
            desk.visit.end("next")

    def _correct(self, one: Machine) -> None:
        number = f"+43 6{self.r.randrange(10, 99)} {self.r.randrange(10**6, 10**7)}"
        self.done.append(f"{one.name}: phone corrected")
        self.person.traces.add_phone(number)
        with self.desk(one) as desk:
            record = Record(EventKind.MEMBER, self.person.member_id, {"phone": number})
            desk.records.append(record).result(10)
        self.person.phone = number

    def _kiosk(self, one: Machine, *, forget: bool = False) -> bool:
        """The member's own screen; whether they were forgotten there."""
        self.later()
        desk = KioskDesk.open(one.home, clock=self.clock())
        try:
            card = desk.scan(self.person.code)
            if isinstance(card, KioskRefused):
                return False
            visit_id = card.visit_id
            digits = "".join(c for c in self.person.phone if c.isdigit())[-4:]
            if not desk.unlock(visit_id, digits):
                return False
            mine = desk.my_data(visit_id)
            mine.remembered()
            self.done.append(f"{one.name}: kiosk{', forgets' if forget else ''}")
            if forget:
                mine.forget()
                return True
            mine.agree(Purpose.SUGGEST, self.r.random() < 0.5)
            return False
        finally:
            desk.end("done")
            desk.close()

    def _card(self, one: Machine) -> None:
        out = self.outside / f"cards-{secrets.token_hex(3)}.{self.r.choice(['pdf', 'json'])}"
        if self.r.random() < 0.3:
            out = one.home / out.name
        self.run(one, "cards", "issue", self.person.member_id, "--new", "--given-name", "--out", str(out))
        self.exported.append(out)

    def _copy(self, one: Machine) -> None:
        out = (one.home if self.r.random() < 0.4 else self.outside) / f"copy-{secrets.token_hex(3)}"
        self.run(one, "export", self.person.member_id, "--out", str(out))
        self.exported.append(out)

    # ---- forgetting

    def forget(self, scope: Scope = Scope.ALL) -> Machine | None:
        """At one of the machines that know the member, by whom it may be; None where nobody does (any more)."""
        knowing = [one for one in self.machines if one.name != "other" and self.knows(one)]
        if not knowing:
            return None
        one = self.r.choice(knowing)
        self.later()
        self.erased_at = self.now
        if scope is Scope.ALL and one.is_counter and self.r.random() < 0.3 and self._kiosk(one, forget=True):
            return one
        if self.topology != "alone" and self.r.random() < 0.3:
            option = [] if scope is Scope.ALL else [f"--{scope.value}"]
            self.run(one, "forget", self.person.member_id, *option)
            return one
        with self.desk(one) as desk:
            self.done.append(f"{one.name}: forget {scope.value}")
            self.erased_at = self.now
            desk.erasure.forget(self.person.member_id, scope)
        return one

    def stays_away(self) -> Machine:
        """Until nothing may be kept any more, and one night of each machine; gives the machine that deletes first."""
        self.done.append("stays away for 75 days")
        self.later(75)
        self.exports(bought=False)
        self.erased_at = self.now
        self.night(self.office)
        for one in self.machines[1:]:
            # A manager confirms the clock, which nobody has looked at for so long.
            self.run(one, "fetch")
        return self.office

    def others_go_on(self) -> None:
        """What happens to others, or is delivered late, between the erasure and the night."""
        if self.r.random() < 0.4:
            self.exports(late=True, bad=self.r.random() < 0.4)
        if self.r.random() < 0.2:
            self.goes_back(self.r.choice(self.machines))
        if self.r.random() < 0.5:
            one = self.r.choice(self.counters)
            with contextlib.suppress(ClerkError), self.desk(one) as desk:
                desk.records.append(desk.records.answer("m2", "OL", AnswerKind.NEVER)).result(10)
                desk.records.append(desk.records.consent("m2", Purpose.SUGGEST, ConsentState.GIVEN)).result(10)

    def goes_back(self, one: Machine) -> None:
        """A manager goes back to older store data, where there is any."""
        with contextlib.suppress(ClerkError):
            rollback(one.home)
            self.done.append(f"{one.name}: pack rollback")

    def one_night_of_each(self, first: Machine) -> None:
        """The machine that forgot sends, head office works, everybody takes what it published."""
        by_steps = {one.name: self.r.random() < 0.5 for one in self.machines}
        if first.role == "device":
            self.run(first, "push") if by_steps[first.name] else self.night(first)
        if by_steps[self.office.name] and self.office.role == "office":
            self.run(self.office, "collect")
            self.night(self.office)
            self.run(self.office, "publish")
        else:
            self.night(self.office)
        for one in self.machines:
            if one.role == "device":
                if by_steps[one.name]:
                    self.run(one, "push")
                    self.run(one, "fetch")
                elif one is not first:
                    self.night(one)

    def days_of_nights(self, days: int) -> None:
        """So many days on which every machine has its night, without anything new."""
        for _ in range(days):
            self.later(1.0)
            for one in (*self.machines[1:], self.office):
                if one.role == "device" and self.r.random() < 0.5:
                    self.run(one, "push")
                    self.run(one, "fetch")
                else:
                    self.night(one)
