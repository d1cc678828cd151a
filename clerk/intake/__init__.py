"""A file of a shop's system becomes checked canonical tables; rows that cannot be used go to quarantine."""

from clerk.memory import frugal_tables

# Before polars is imported anywhere: every room that uses it stands above this one.
frugal_tables()
