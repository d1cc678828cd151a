"""From keys, taps and scans to what they mean; no widget is involved."""
