"""What may be mentioned: candidates, the gates each has to pass, the three that are shown, and why."""
