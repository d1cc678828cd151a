"""Packs out to devices, events back: what goes between a device and head office, and the ledger there."""
