"""The screens of the counter: each turns its data into lines for a width and a height. No terminal.

They are views drawn on the one always-mounted glass rather than Textual screens: composing one of those costs 43 to
200 ms, drawing lines 3. A scan on any of them leads straight to the member.
"""
