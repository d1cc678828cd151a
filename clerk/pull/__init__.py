"""What is new in a shop's own system, fetched over its published interface into files of the inbox."""
