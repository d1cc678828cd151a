"""A file of the inbox: found, recognised by its header, and read into whole rows of text."""
