"""The screens: each knows what it shows and turns it into lines for a width and a height. No terminal in here.

They are views drawn on the one always-mounted glass rather than Textual screens: composing one of those costs 43 to
200 ms, drawing lines 3. A scan on any of them leads straight to the member.
"""
