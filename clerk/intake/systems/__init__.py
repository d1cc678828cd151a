"""The systems whose exports are read without a mapping of the shop: one folder each."""
