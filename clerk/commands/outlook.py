"""`clerk forecast | prep | scorecard`: what is likely, what to have ready, how well we did. Nothing is acted on."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clerk import report
from clerk.clock import DAY_S, parse_at, to_datetime
from clerk.commands.opening import chosen_clock
from clerk.errors import SettingsError
from clerk.languages.options import spoken
from clerk.model import DayForecast, PrepLine, PrepList, Scorecard, VisitCard
from clerk.phrases import count, date
from clerk.report import Exit, ProgressBar

if TYPE_CHECKING:
    from clerk.outlook.all_members import Everybody
    from clerk.outlook.visits import VisitCounts
    from clerk.outlook.visits_file import Visits

_MEMBERS_SHOWN = 20
"""Members of a forecast that are printed; `--json` has them all."""
_LINES_SHOWN = 25
"""Lines of a prep list that are printed."""
_WEEKS_AT_MOST = 520
_NAMED = 5
"""Unknown member ids that are printed."""


def run(options: argparse.Namespace) -> Exit:
    return {"forecast": _forecast, "prep": _prep, "scorecard": _scorecard}[options.command](options)


def day_of(options: argparse.Namespace, now: int) -> int:
    """Midnight of `--date`; tomorrow when it is not given.

    Raises:
        SettingsError: it is no date.
    """
    day = parse_at(options.date) if options.date else now + DAY_S
    return day // DAY_S * DAY_S


def _forecast(options: argparse.Namespace) -> Exit:
    from clerk.outlook.all_members import everybody

    if options.top < 1:
        raise SettingsError(f"--top is {options.top}.", "It has to be 1 or more.")
    if options.visits is not None and not options.visits.is_file():
        raise SettingsError(
            f"There is no file {options.visits.name}.", "Name a CSV or Parquet file with member_id and at."
        )
    now = chosen_clock(options).now()
    with everybody(options.home) as members:
        if options.visits is not None:
            return _visits(members, options)
        if options.out is not None:
            return _day_file(members, options, now)
        return _day(members, options, now)


def _day(members: Everybody, options: argparse.Namespace, now: int) -> Exit:
    from clerk.outlook.day import day_forecast

    bar = ProgressBar(quiet=options.json)
    found = day_forecast(members, day_of(options, now), now, options.top, bar)
    report.data(found, as_json=options.json, text="" if options.json else forecast_text(found))
    return Exit.OK


def _day_file(members: Everybody, options: argparse.Namespace, now: int) -> Exit:
    from clerk.outlook.day import day_predictions
    from clerk.outlook.visits_file import Out

    bar = ProgressBar(quiet=options.json)
    with Out(options.out, with_at=False) as out:
        rows = day_predictions(members, day_of(options, now), now, options.top, bar)
        out.add(rows)
    document = {"out": options.out.name, "members": members.members, "rows": len(rows.rank)}
    report.data(document, as_json=options.json, text=f"{count(len(rows.rank), 'row')} in {options.out.name}")
    return Exit.OK


def _visits(members: Everybody, options: argparse.Namespace) -> Exit:
    from clerk.outlook.visits import VisitCounts, predicted
    from clerk.outlook.visits_file import Out, read_visits

    visits = read_visits(options.visits)
    counts = VisitCounts()
    bar = ProgressBar(quiet=options.json)
    pieces = predicted(members, visits.frame, options.top, counts, lambda done, of: bar("forecast", done, of))
    if options.out is not None:
        with Out(options.out, with_at=visits.repeated) as out:
            for rows in pieces:
                out.add(rows)
        document = {
            "out": options.out.name, "visits": counts.visits, "unknown": counts.unknown,
            "without_past": counts.without_past, "unreadable": visits.unreadable, "twice": visits.twice,
            "items_by": members.items_by,
        }  # fmt: skip
        report.data(document, as_json=options.json, text=f"{count(counts.visits, 'visit')} in {options.out.name}")
    elif options.json:
        _as_document(pieces)
    else:
        for number, rows in enumerate(pieces):
            text = rows.frame(with_at=visits.repeated).write_csv(include_header=number == 0)
            for line in text.splitlines():
                report.line(line)
    _say(visits, counts, members)
    return Exit.OK


def _as_document(pieces: object) -> None:
    """One JSON document, a row a line, written as it is made."""
    from clerk.outlook.visits_file import Predictions

    report.line('{"predictions": [')
    first = True
    for rows in pieces:  # type: ignore[attr-defined]
        assert isinstance(rows, Predictions)
        for row in zip(rows.customer_id, rows.at, rows.rank, rows.item_id, rows.p, strict=True):
            names = ("customer_id", "at", "rank", "item_id", "p")
            text = report.document(dict(zip(names, row, strict=True)))
            report.line(text if first else f",{text}")
            first = False
    report.line("]}")


def _say(visits: Visits, counts: VisitCounts, members: Everybody) -> None:
    """Notices for a person, on stderr."""
    if counts.unknown:
        some = ", ".join(counts.unknown[:_NAMED]) + (" …" if len(counts.unknown) > _NAMED else "")
        report.say(f"{count(len(counts.unknown), 'member')} unknown to this shop, left out: {some}")
    if visits.unreadable:
        report.say(f"{count(visits.unreadable, 'row')} without a member or a time, left out")
    if visits.twice:
        report.say(f"{count(visits.twice, 'row')} said twice, counted once")
    if counts.without_past:
        what = "what is bought most at that time of day" if members.has_times else "what is bought most"
        report.say(f"{count(counts.without_past, 'visit')} of members with nothing bought before: {what}")
    report.say(f"items {members.items_by}")


def _prep(options: argparse.Namespace) -> Exit:
    from clerk.outlook.all_members import everybody
    from clerk.outlook.prep import prep_list

    now = chosen_clock(options).now()
    bar = ProgressBar(quiet=options.json)
    with everybody(options.home) as members:
        found = prep_list(members, day_of(options, now), now, bar)
    report.data(found, as_json=options.json, text="" if options.json else prep_text(found))
    return Exit.OK


def _scorecard(options: argparse.Namespace) -> Exit:
    from clerk.desk import Desk
    from clerk.outlook.all_members import everybody
    from clerk.outlook.scorecard import WEEKS, Moment, scorecard

    weeks = WEEKS if options.weeks is None else options.weeks
    if not 1 <= weeks <= _WEEKS_AT_MOST:
        raise SettingsError(f"--weeks is {weeks}.", f"It has to be from 1 to {_WEEKS_AT_MOST}.")
    bar = ProgressBar(quiet=options.json)
    now, moment = chosen_clock(options).now(), Moment()
    desk = Desk.open(options.home, clock=moment)

    def card(member_id: str, at: int) -> VisitCard:
        moment.at = at
        with desk.pack.reading() as pack:
            return pack.cards.whole_card(member_id, "")

    try:
        with everybody(options.home) as members:
            found = scorecard(members, now, card, weeks, bar)
    finally:
        desk.close()
    report.data(found, as_json=options.json, text="" if options.json else scorecard_text(found))
    return Exit.OK


def scorecard_text(found: Scorecard) -> str:
    """Each measure with its trend, then how many suggestions were withheld by which rule."""
    from clerk.ui.drawing.sparkline import sparkline

    rows = [f"{count(found.weeks, 'week')} to {date(found.at)}", *found.notes, ""]
    for measure in found.measures:
        trend = sparkline([point.value for point in measure.trend], found.weeks)
        of = "" if measure.unit == "count" else f"of {measure.of:,}"
        rows.append(f"{measure.name:<28} {_value(measure.value, measure.unit):>11} {of:<11} {trend}")
        rows.append(f"    {measure.says}" + (f" {measure.better.capitalize()} is better." if measure.better else ""))
    rows += ["", f"Kept back, by rule ({found.withheld_from})"]
    rows += [
        f"  {one.gate:<40} {count(one.items, 'suggestion')}, {count(one.members, 'member')}" for one in found.withheld
    ]
    return "\n".join(rows if found.withheld else [*rows, "  nothing"])


def _value(value: float | None, unit: str) -> str:
    """`63 %`, `2.1 points`, `41`; a dash where nothing was counted."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.1%}"
    return f"{value * 100:.1f} points" if unit == "gap" else f"{value:,.0f}"


def prep_text(found: PrepList) -> str:
    """The list as it is printed: what runs short first, then what is expected most."""
    day = to_datetime(found.day)
    visits = f"{count(round(found.visits), 'member')} expected ({found.visits_low}–{found.visits_high})"
    rows = [f"{day:%A} {day.day} {day:%B %Y}: {visits}", found.checked, *found.notes, ""]
    short = [line for line in found.lines if line.short]
    if short:
        rows += ["Short: less here than expected", *map(_prep_row, short), ""]
    rest = [line for line in found.lines if not line.short]
    if rest:
        rows += ["To have ready (eight days of ten lie within the brackets)", *map(_prep_row, rest[:_LINES_SHOWN])]
    if not found.lines:
        rows.append("Nothing is expected often enough to be listed.")
    if len(rest) > _LINES_SHOWN:
        rows.append(f"and {count(len(rest) - _LINES_SHOWN, 'line')} more; --json lists them all")
    rows += ["", f"Of everything that is not listed, about {found.others:,.0f} pieces together."]
    return "\n".join(rows)


def _prep_row(line: PrepLine) -> str:
    made = f", {spoken(line.modifiers)}" if line.modifiers else ""
    stock = "not counted" if line.on_hand is None else f"{line.on_hand} here"
    return f"  {line.name + made:<48.48} ×{line.expected:>5.1f}  ({line.low}–{line.high})  {stock}"


def forecast_text(found: DayForecast) -> str:
    """The likeliest members with what they mostly take then."""
    day = to_datetime(found.day)
    rows = [
        f"{day:%A} {day.day} {day:%B %Y}: {count(round(found.expected), 'member')} expected ({found.low}–{found.high})",
        f"Visits: {found.visits_by}. Items: {found.items_by}.",
        *found.notes,
        "",
    ]
    for visit in found.visits[:_MEMBERS_SHOWN]:
        rows.append(f"{visit.p:>4.0%}  {visit.name or visit.member_id} ({visit.member_id}): {visit.why}")
        rows += [f"        {item.p:>4.0%}  {item.name}" for item in visit.items[:3]]
    if len(found.visits) > _MEMBERS_SHOWN:
        rows.append(f"and {len(found.visits) - _MEMBERS_SHOWN:,} more with a chance; --json lists them all")
    return "\n".join(rows)
