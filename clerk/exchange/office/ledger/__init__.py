"""Head office's ledger: every event of every device, once."""
