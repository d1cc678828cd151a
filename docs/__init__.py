"""Pages for people, and the two commands that make what need not be written by hand: the reference and the pictures."""
