"""The product: pure rules of a visit over one member's lines. No I/O, no clock, no SQL; nothing is imported from here.

Once a pack (numpy is first needed here, so after the first frame):

    columns = reader.columns
    shop = shop.shop_of(columns, settings)                           # clerk.visit.shop
    models = reading.Models(usual=usual.usual_rule(shop, settings, reader.models.get("usual")), due=None)
    pool_vectors = vectors[reader.pool]                              # gathered once, float32

A scan (neither of these two needs numpy):

    code = scan.understand(keys, clerk.cards.code, settings.scan)    # -> ScannedCode
    cards = reader.cards_by_code(code.text)                          # for MEMBER_CARD and OTHER_CODE
    who = identify.identify(code, cards, {card.member_no: member_id},
                            overlay.merged(reader.events.of_card(code.text), card events of the journal))
                                                                     # -> member id | Several | Nobody
    nos = reader.item_nos_by_code(each of scan.item_codes(code.text))   # OTHER_CODE that is nobody's card: an item?
    who = identify.identify_found(code.text, reader.members(code.text))  # TEXT

A member, by id:

    facts = reader.member_facts(member_no)
    events = overlay.laid_over(reader.events.of_member(member_no, member_id), journal.events_of(member_id))
    profile_ = profile.profile(facts, events, reader.item_nos(profile.skus_in(events)), now, columns)
    read = reading.read(profile_, columns, shop, now, settings, models)
    companions = reader.companions(reading.company_seeds(read))
    habit_nos, _ = reading.taste_weights(read)
    likes = candidates.alike(read, reader.pool, pool_vectors, habit_nos, vectors[habit_nos])   # () without vectors
    found = candidates.candidates(read, companions, likes)

Names, in one read (`also`: item_nos of the visit's first suggestions, or the item that `why` asks about):

    wanted = card.needs(read, found, also)                           # -> Needs(items, modifier_sets)
    names = lines.Names(reader.items(wanted.items), reader.modifier_sets(wanted.modifier_sets))
    out = lines.gaps(read, names)                                    # both empty on most days
    names = replace(names, choices={no: reader.modifiers_of(no) for no in out.choices_of},
                    nearest={no: nearest item that is here for no in out.nearest_to})

Then one of:

    card.compose(read, found, names, card.Visit(visit_id, card_hint, profile.answers_in(events, visit_id), first))
                                                                     # -> VisitCard; first: this visit's first card
    explain.why(item_no, read, found, names.items)                   # -> Why

What is said becomes `Record(kind, member_id, payload)`, the arguments of `Journal.append`:

    feedback.answer_event(member_id, sku, answer, visit_id, category=item.category, at_category=False)
    feedback.mark_event(member_id, profile_.history, line, mark)     # UnknownLine when there is no such line
    feedback.undo_event(member_id, feedback.last_undoable(events, since=when the visit was opened))
    feedback.shown_event(first card)                                 # None when nothing was drawn
"""
