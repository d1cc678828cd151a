"""The screens: keys come in, lines go out. Knows the desk and nothing behind it.

`launch` starts it · `app` is the thin Textual shell · `keys` tells scans from typing · `counter` decides what is on
the glass and `recording` what is written · `screens/` draw lines · `glass` puts them on the terminal.
"""
