"""From keystrokes to one member: what was scanned or typed, and whose code it is."""
