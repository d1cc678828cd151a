"""Anticipate, never act: tomorrow's visits, the shop's prep list, and the long-term scorecard.

The visit's pure functions, mapped over all members. Reads pack and journal, writes nothing but the file it is asked
for; it never orders, charges or contacts anybody.
"""
