"""Nights: a shop's exports in, an installed pack out. One way in for every shop."""

from clerk.nightly.memory import frugal_tables

frugal_tables()
