"""What is read out before a member agrees to anything: Clerk's words, or the shop's own from a file.

The file is TOML: `version = "2026-11"`, then a table a language with a text a purpose:

    version = "2026-11"
    [en]
    remember = "May we remember what you buy here?"
    suggest = "..."
    contact = "..."

The version is recorded with every consent, so that it is known which words were agreed to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clerk.errors import SettingsError
from clerk.model import Purpose
from clerk.settings.privacy import PrivacySettings
from clerk.text import clean

VERSION: Final = "2026-11b"
"""Version of the words below."""
WORDS: Final = {
    Purpose.REMEMBER: "May we remember what you buy here, so that we know your usual?",
    Purpose.SUGGEST: "May we use what you buy here to mention a thing or two when you come in?",
    Purpose.CONTACT: "May the shop write to you or call you?",
}
"""What is read out where the shop has no words of its own."""
_LETTERS = 400
_VERSION_LETTERS = 40


@dataclass(frozen=True, slots=True)
class Wordings:
    """The words by language."""

    version: str
    """Goes into every consent: which words were agreed to has to be known for as long as the consent counts."""
    texts: Mapping[str, Mapping[Purpose, str]]
    """Language as `en` or `de-AT` -> purpose -> text; the first language is the shop's own."""

    def of(self, locale: str = "") -> Mapping[Purpose, str]:
        """The words in a member's language, or in the shop's own."""
        return self.texts[self._language(locale)]

    def recorded(self, locale: str = "") -> str:
        """What a consent says of them: the version, and the language where there are several."""
        return self.version if len(self.texts) == 1 else f"{self.version} {self._language(locale)}"

    def _language(self, locale: str) -> str:
        wanted = locale.replace("_", "-").casefold()
        by_name = {name.replace("_", "-").casefold(): name for name in self.texts}
        found = by_name.get(wanted) or by_name.get(wanted.partition("-")[0])
        return found if found is not None else next(iter(self.texts))


OWN: Final = Wordings(VERSION, {"en": WORDS})
"""Clerk's words."""


def wordings(home: Path, settings: PrivacySettings) -> Wordings:
    """The words that are read out in this shop.

    Args:
        home: the data folder, which the file lies below.
        settings: name the file.

    Raises:
        SettingsError: the file cannot be read, or lacks a version or a purpose.
    """
    if not settings.wordings:
        return OWN
    import tomllib  # only where there is a file: most counters start sooner without it

    path = home / settings.wordings
    if not path.resolve().is_relative_to(home.resolve()):
        raise SettingsError("privacy.wordings lies outside the data folder.", "Name a file below it.")
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(
            f"{path.name} cannot be read: {problem}.", "Correct it, or empty privacy.wordings."
        ) from None
    version = clean(str(said.get("version", "")), _VERSION_LETTERS)
    texts = {clean(name, 20): _texts(path.name, name, table) for name, table in said.items() if isinstance(table, dict)}
    if not version or not texts:
        raise SettingsError(
            f"{path.name} has no version, or no words.", 'Write version = "2026-11" and a table a language, as [en].'
        )
    return Wordings(version, texts)


def _texts(file: str, language: str, table: Mapping[str, Any]) -> dict[Purpose, str]:
    found = {}
    for purpose in Purpose:
        text = table.get(purpose.value)
        if not isinstance(text, str) or not (kept := clean(text, _LETTERS)):
            raise SettingsError(
                f"{file} has no words for {purpose.value} in [{language}].", "Every language needs all three purposes."
            )
        found[purpose] = kept
    return found
