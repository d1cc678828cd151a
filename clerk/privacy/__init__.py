"""Privacy rules, pure: what members agreed to, and which events and line items an erasure takes. No files, no SQL."""
