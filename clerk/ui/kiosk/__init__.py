"""The member's own screen: an app of its own, without any way out of it."""
