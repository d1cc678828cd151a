"""One member as the counter, the kiosk and the night lists see them: pack and journal read together, only here."""
