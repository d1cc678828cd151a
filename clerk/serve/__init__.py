"""The counter's screens for tablets and browsers in the shop's own network: our page, our sign-in, one process each."""
