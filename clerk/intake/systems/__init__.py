"""The systems whose exports are read without a mapping of the shop: one folder each.

A system that needs no Python is a folder with `layout.toml`, in the language of `clerk.intake.mapping`; entries of one
`name` are several tables of one kind of file. `example/` holds a small made-up export with a `store.toml`, `expected/`
the canonical tables that it becomes (`lines.csv`, `members.csv`, … with the columns that matter, all rows; dates in ISO
form, decimals with a point) and `usual.txt`: a line a member, their id, a tab, and the usual on their card, such as
`1 × Latte: Oat Milk, Small + 2 × Croissant`, options in the order of their groups. `tests/intake/test_systems.py` runs
them all.
"""
