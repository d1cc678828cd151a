"""The journal: everything recorded at this counter, append-only, one event a row."""

from clerk.journal.chain import ChainReport
from clerk.journal.epochs import Epoch
from clerk.journal.journal import Journal

__all__ = ["ChainReport", "Epoch", "Journal"]
