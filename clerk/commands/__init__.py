"""One module a group of commands; each has `run(options) -> Exit`."""
