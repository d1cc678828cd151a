"""A device's side of the exchange: events out, packs in, both verified."""
