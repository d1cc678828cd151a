"""The counter as a program: its Textual app, what keys do, what stands in front."""
