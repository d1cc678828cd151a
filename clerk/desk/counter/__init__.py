"""What the counter does: the open visit, its answers, enrolment, signing in."""
