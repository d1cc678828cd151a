"""Lines, colours and the one widget that puts them on the terminal."""
