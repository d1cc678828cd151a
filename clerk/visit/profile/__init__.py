"""What is known of one member now: the pack's facts with every recorded event applied."""
