"""The product: pure rules of a visit over one member's line items. No I/O, no clock, no SQL.

In the order of a visit (nothing is imported from here; numpy is first needed from `habits` on, after the first frame):

1. `identify.scan.understand` makes a code of keystrokes; `identify.member_by_code.identify` finds whose it is, from
   the cards that match it and the card events of all counters.
2. `profile.event_overlay.laid_over` reads the events of pack and journal as one history;
   `profile.member_profile.profile` applies them to the pack's facts.
3. `habits.reading.read` computes habits, the usual, what is due and the member's value: everything that one member's
   profile can tell.
4. `suggest.candidates.candidates` gathers what may be mentioned, `suggest.slate.slate` lets it pass the gates and takes
   at most three.
5. `card.compose` makes the one frozen card, with the names that `card.needs` asked for; `suggest.explain.why` tells why
   an item is, or is not, suggested.
6. `feedback` turns an answer, a mark or a statement into the event that the journal records.

`clerk.members.card_loading` calls them in this order.
"""
