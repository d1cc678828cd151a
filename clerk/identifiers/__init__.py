"""What identifies a person in an export or at the counter: which identifiers are none, and which are the same."""
