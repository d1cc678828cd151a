"""Delimited text of any till: its encoding, its header, and its rows, of which a broken one spoils no other."""
