"""SQL of the counter as plain text, so that reading needs no sqlmodel.

`tests/pack/test_statements.py` prepares each of them against the tables of `tables.py`. A parameter that is a list
travels as one JSON array.
"""

from __future__ import annotations

FACTS = "SELECT key, value FROM facts"
MODELS = "SELECT name, content FROM models"

CARDS_BY_CODE = (
    "SELECT code, member_no, status, issued_on FROM cards WHERE code IN (?, ?) UNION "
    "SELECT cards.code, member_no, status, issued_on FROM card_forms JOIN cards USING (code) WHERE form = ?"
)
CARDS_BY_CODE_WITHOUT_FORMS = "SELECT code, member_no, status, issued_on FROM cards WHERE code IN (?, ?)"
"""The same of a pack that was built before codes had a form in which they are compared."""
LACKS_CARD_FORMS = "SELECT count(*) = 0 FROM sqlite_master WHERE name = 'card_forms'"
ACTIVE_CARDS = "SELECT code, member_id FROM cards JOIN members USING (member_no) WHERE status = 'active'"
PEOPLE = "SELECT member_id, name, phone, email FROM members ORDER BY member_no"
CARDS_OF_MEMBER = "SELECT code, member_no, status, issued_on FROM cards WHERE member_no = ? ORDER BY code"
MEMBER_NO = "SELECT member_no FROM members WHERE member_id = ?"
MEMBER = (
    "SELECT member_no, member_id, name, given_name, phone, email, birthday, joined_on, locale, home_store, tier "
    "FROM members WHERE member_no = ?"
)
QUIET_MEMBERS = "SELECT member_id FROM members WHERE coalesce(last_at, 0) < ? ORDER BY member_no"
ADDRESSES = "SELECT member_id, email, phone FROM members WHERE email <> '' OR phone <> ''"
CONSENTS = (
    "SELECT purpose, state, at, channel, wording, recorded_by FROM consents WHERE member_no = ? ORDER BY position"
)
MEMBER_EVENTS = (
    "SELECT event_id, kind, at, actor, payload, hlc, device, seq FROM said "
    "WHERE member_no = ? AND member_id = '' ORDER BY hlc, device, seq, event_id"
)
EVENTS_OF_UNKNOWN_MEMBER = (
    "SELECT event_id, kind, at, actor, payload, hlc, device, seq FROM said "
    "WHERE member_no = 0 AND member_id = ? ORDER BY hlc, device, seq, event_id"
)
CARD_EVENTS = (
    "SELECT DISTINCT event_id, 'card', at, actor, payload, hlc, device, seq, member_id FROM said_cards "
    "WHERE code IN (?, ?) ORDER BY hlc, device, seq, event_id"
)
HOUSE_PICKS = "SELECT event_id, at, sku FROM said_house"
ENROLLED_MEMBERS = (
    "SELECT DISTINCT coalesce(members.member_id, said.member_id) "
    "FROM said LEFT JOIN members USING (member_no) WHERE kind = 'member'"
)
PAIRS = (
    "SELECT event_id, kind, at, actor, payload, hlc, device, seq, coalesce(members.member_id, said.member_id) "
    "FROM said LEFT JOIN members USING (member_no) WHERE kind = 'pair'"
)
EVENTS_SINCE = (
    "SELECT event_id, kind, at, actor, payload, hlc, device, seq, coalesce(members.member_id, said.member_id) "
    "FROM said LEFT JOIN members USING (member_no) WHERE kind IN (SELECT value FROM json_each(?)) AND at >= ?"
)
PRIVILEGES = "SELECT text FROM privileges WHERE tier = ? AND (until IS NULL OR until >= ?) ORDER BY position"

BASKETS = "SELECT basket_id, sold_at FROM baskets WHERE member_no = ? ORDER BY basket_no"
LINES = (
    "SELECT basket_no, line_no, item_no, modifier_set_no, quantity_milli, total_minor, flags "
    "FROM lines WHERE member_no = ? ORDER BY basket_no, line_no"
)

FOREIGN_AMOUNTS = (
    "SELECT basket_id, line_no, currency, total_minor FROM foreign_amounts "
    "JOIN baskets USING (member_no, basket_no) WHERE member_no = ?"
)
"""Only for a member with a line in another currency: a pack without any has no such table."""

ITEMS = (
    "SELECT item_no, sku, name, description, category, brand, gtin, price_minor, durable, sensitive, age_restricted, "
    "allergens, variant_of, on_hand, shelf, counted_at, audience, diets, mention, goes_with, language "
    "FROM items WHERE item_no IN (SELECT value FROM json_each(?))"
)
ITEMS_WITHOUT_AUDIENCE = ITEMS.replace("audience, diets, mention, goes_with, language", "'', '', 1, '', ''")
"""The same of a pack that was built before items said whom they are for."""
GOES_WITH = "SELECT item_no, goes_with FROM items WHERE goes_with <> ''"

ITEMS_LACK_AUDIENCE = "SELECT count(*) = 0 FROM pragma_table_info('items') WHERE name = 'audience'"
ITEMS_ALIKE = (
    "SELECT allergens, diets, age_restricted, json_group_array(item_no) FROM items WHERE gone = 0 "
    "GROUP BY allergens, diets, age_restricted"
)
ITEMS_ALIKE_WITHOUT_AUDIENCE = ITEMS_ALIKE.replace("diets", "''")
ITEM_TEXTS = "SELECT item_no, name, category, description FROM items WHERE gone = 0"
ITEM_NOS = "SELECT sku, item_no FROM items WHERE sku IN (SELECT value FROM json_each(?))"
ITEM_NO_BY_SKU = "SELECT item_no FROM items WHERE sku = ?"
ITEM_NOS_BY_GTIN = "SELECT item_no FROM items WHERE gtin IN (SELECT value FROM json_each(?)) ORDER BY item_no"
ITEM_CATEGORY = "SELECT category FROM items WHERE item_no = ?"

MODIFIER_SETS = (
    "SELECT modifier_set_no, text FROM modifier_sets WHERE modifier_set_no IN (SELECT value FROM json_each(?))"
)
MODIFIERS_OF_ITEM = (
    "SELECT choice_group, choice, price_minor, available FROM modifiers "
    "WHERE item_no = ? AND category = '' ORDER BY position"
)
MODIFIERS_OF_CATEGORIES = (
    "SELECT choice_group, choice, price_minor, available FROM modifiers "
    "WHERE item_no = 0 AND category IN (SELECT value FROM json_each(?)) ORDER BY category DESC, position"
)
CHOICES = "SELECT choice_group, choice, max(price_minor), max(available) FROM modifiers GROUP BY choice_group, choice"

COMPANIONS = (
    "SELECT item_no, other_no, together, of_baskets, lift FROM companions "
    "WHERE item_no IN (SELECT value FROM json_each(?)) ORDER BY item_no, rank"
)

MEMBER_WORDS = "SELECT rowid FROM members_fts WHERE members_fts MATCH ? ORDER BY rowid LIMIT ?"
MEMBER_ROWS = (
    "SELECT member_no, member_id, name, phone, last_at FROM members "
    "WHERE member_no IN (SELECT value FROM json_each(?)) ORDER BY member_no"
)

ITEM_WORDS = (
    "SELECT rowid, -bm25(items_fts, 5.0, 2.0, 1.0) FROM items_fts WHERE items_fts MATCH ? "
    "ORDER BY bm25(items_fts, 5.0, 2.0, 1.0), rowid LIMIT ?"
)
ITEM_WORDS_COUNT = "SELECT count(*) FROM items_fts WHERE items_fts MATCH ?"
ITEM_STARTS = "SELECT rowid FROM items_start WHERE items_start MATCH ? ORDER BY rowid LIMIT ?"
ITEM_STARTS_COUNT = "SELECT count(*) FROM items_start WHERE items_start MATCH ?"
