"""The journal: everything that happened at this counter since, append-only, one event a row."""

from clerk.journal.append import Journal
from clerk.journal.chain import ChainReport
from clerk.journal.epochs import Epoch

__all__ = ["ChainReport", "Epoch", "Journal"]
