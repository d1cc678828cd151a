"""Nights: a canonical folder in, an installed pack out. One way in for every shop."""
