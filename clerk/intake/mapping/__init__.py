"""Files described in words instead of code: a shop's `mapping.toml`, and the systems that are data only.

`docs/mapping.md` has the language with ten examples. `entries` reads and checks a description, `cells` are the ways to
make one column of others, `filters` choose rows, `modifiers` find the choices on a line, `recognise` finds the
description of a file, `tables` makes canonical tables by it. `suggest` proposes a description, by `columns_seen`.
"""

from __future__ import annotations

from clerk.intake.mapping.entries import FILE_NAME, FileMapping, patterns_of, read_mappings

__all__ = ["FILE_NAME", "FileMapping", "patterns_of", "read_mappings"]
