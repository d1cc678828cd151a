"""What head office and devices agree on: locations, bundles of events, keys, releases."""
