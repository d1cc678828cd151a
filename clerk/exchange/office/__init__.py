"""Head office's side of the exchange: devices, events collected, packs published."""
