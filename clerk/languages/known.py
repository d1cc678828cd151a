"""The languages that are known, with what is peculiar to each; and which of them a shop speaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clerk.languages.folding import plain

ENGLISH = "en"
"""What a shop that says nothing speaks."""


@dataclass(frozen=True, slots=True)
class Language:
    """How one language is searched by words."""

    stemmer: str = ""
    """Name of its Snowball algorithm; empty where there is none, and words stay whole."""
    stop_words: frozenset[str] = frozenset()
    """Words that say nothing about an item, folded; empty lets rarity alone decide."""
    letters: Sequence[tuple[str, str]] = ()
    """Spellings that are one: what is typed, what it counts as. Applied to folded words, in order."""


def languages_of(stated: object) -> tuple[str, ...]:
    """Languages a shop states, as two letters each, English where it states none.

    Args:
        stated: `language` of `store.toml`: `"de"`, `"de-AT"`, `"de, en"` or a list of such.
    """
    parts = stated if isinstance(stated, (list, tuple)) else [stated]
    codes = [code for part in parts if isinstance(part, str) for code in re.findall(r"[a-z]{2,}", part.lower())]
    # Of `de-AT` the country says nothing about words; nor do three letters that nobody listed.
    kept = [code for code in codes if code in LANGUAGES]
    return tuple(dict.fromkeys(kept)) or (ENGLISH,)


def known_language(stated: str) -> str:
    """The two letters of a language that is known here, or empty: an item may state any."""
    code = stated.strip().lower()[:2]
    return code if code in LANGUAGES else ""


def shop_languages(of_store: Sequence[str], of_items: Iterable[str]) -> tuple[str, ...]:
    """Every language a question may be asked in: the store's, then those that items state, in order."""
    return tuple(dict.fromkeys([*of_store, *sorted({code for each in of_items if (code := known_language(each))})]))


def _set(words: str) -> frozenset[str]:
    return frozenset(plain(word) for word in words.split())


LANGUAGES: Mapping[str, Language] = {
    ENGLISH: Language(
        # `english` finds as well on the judged sets; `porter` also lets `dvds` meet `dvd`.
        "porter",
        _set(
            "a an and are as at be but by for from has have i in is it its me my no not of on or our so some that the "
            "their this to we what when which who with you your"
        ),
    ),
    "de": Language(
        "german",
        _set(
            "aber als am an auch auf aus bei beim da das dass dem den der des die dir doch du ein eine einem einen "
            "einer eines er es etwas euch fuer für gibt habe haben habt hat ich ihr im in ins irgendwas ist ja kann "
            "kein keine man mein meine mich mir mit möchte nach nicht noch nur oder ohne sein sich sie sind so um und "
            "uns vom von was wenn wie wir zu zum zur haben"
        ),
        # ä, ö and ü typed on a foreign keyboard, save where `ue` belongs to a diphthong or to `qu`.
        (("ae", "a"), ("oe", "o"), (r"(?<![aeq])ue", "u")),
    ),
    "es": Language(
        "spanish",
        _set(
            "a al algo algún alguna algunas algunos aquí como con de del desde dos el ella en es esa ese eso esta este "
            "esto hay la las le les lo los más me mi mis muy no nos o para pero por porque que quiero se sin su sus te "
            "tienen tiene tu un una unas unos y ya yo"
        ),
    ),
    "fr": Language(
        "french",
        _set(
            "a au aux avec avez ce ces cet cette chose dans de des du elle en est et eu il ils j je l la le les leur "
            "lui ma mais me mes moi mon ne nos notre nous on ou où par pas pour qu que quelque quelques qui sa sans se "
            "ses son sur ta te tes ton tu un une vos votre vous d n s c t m y"
        ),
    ),
    "it": Language(
        "italian",
        _set(
            "a ai al alla alle anche avete c che chi ci come con d da dal dalla dei del della delle di e ed è gli ha "
            "ho i il in io l la le lo ma mi nel nella non o per più qualcosa quello questa questo se senza si sono su "
            "sul un una uno vorrei"
        ),
    ),
    "nl": Language(
        "dutch",
        _set(
            "aan als bij dat de deze die dit een en er geen heb hebben het iets ik in is je kan maar me met mijn naar "
            "niet nog of om ook op te tot uit van voor was wat we wie wil zijn zonder"
        ),
    ),
    "pt": Language(
        "portuguese",
        _set(
            "a ao aos algo as com como da das de do dos e é em esse esta este eu há isso isto la mais mas me meu minha "
            "na nas não no nos o os ou para pela pelo por que quero se sem seu sua são tem um uma uns você"
        ),
    ),
    "sv": Language(
        "swedish", _set("att av de den det en ett för har i inte jag med men något och om på som till utan är")
    ),
    "da": Language(
        "danish", _set("af at de den der det du en er et for har i ikke jeg med noget og om på som til uden")
    ),
    "no": Language("norwegian", _set("av at de den det en er et for har i ikke jeg med noe og om på som til uten")),
    "fi": Language("finnish", _set("ei en että ja jotain kun minä mitä mutta on se tai")),
    "hu": Language("hungarian", _set("a az és egy hogy is kell meg mi nem nincs valami van")),
    "ro": Language("romanian", _set("ce cu de din fără în la nu o pe pentru și un unei")),
    "tr": Language("turkish", _set("bir bu da de için ile mi ne ve ya")),
    "ru": Language("russian", _set("а без в во для до и из или к как на не но о от по с со то у что я")),
    "el": Language("greek", _set("από για δεν ή και με να ο η το του της τα χωρίς")),
    "ar": Language("arabic"),
    "hi": Language("hindi"),
    "ca": Language("catalan", _set("a al amb de del el els en i la les o per que sense un una")),
    "pl": Language("polish", _set("bez czy dla do i jak jest na nie o od po się to w z za że")),
    "cs": Language("czech", _set("a bez do i je na nebo o od po pro s se v z za že")),
    "ja": Language(""),
    "zh": Language(""),
    "ko": Language(""),
    "th": Language(""),
}
"""By the two letters of the language."""
