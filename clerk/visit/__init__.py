"""The rules of a visit: pure functions over one member's lines. No I/O, no clock, no SQL."""
