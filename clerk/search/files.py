"""The search files of a pack, opened only after their hashes were checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clerk.errors import SearchUnavailable
from clerk.model import Item, ItemColumns
from clerk.pack.open import ENCODER, INDEX, Pack, damaged
from clerk.pack.read import PackReader
from clerk.search.words import FILE as WORDS
from clerk.search.words import WordIndex, WordText
from embeddings import Encoder, Index, IndexRecord, open_bundle
from embeddings.errors import EmbeddingsError

_REMEDY = "Run `clerk build` again; until then the words typed are searched as they are."


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a search by meaning needs; both come from the same model."""

    encoder: Encoder
    index: Index


def open_words(pack: Pack, reader: PackReader) -> WordIndex:
    """The word index of a pack; made now from its items when it came without, or with words of another stemmer.

    Raises:
        SearchUnavailable: its hash does not hold.

    Cost: 20 ms; 3 s where it has to be made for 90,000 items, at every start until the next night.
    """
    if WORDS in pack.manifest["files"]:
        _check(pack, [WORDS])
        if (index := WordIndex.open(pack.folder / WORDS)) is not None:
            return index
    sold = (reader.columns.flags & ItemColumns.GONE) == 0
    items = reader.items(range(1, len(sold)))
    return WordIndex.build([word_text(item) for no, item in sorted(items.items()) if sold[no]])


def word_text(item: Item) -> WordText:
    """The text of an item that is searched by words; the brand counts as part of the name."""
    return WordText(item.item_no, f"{item.name} {item.brand}", item.category, item.description)


def open_meaning(pack: Pack) -> Meaning:
    """Encoder and vector index of a pack.

    Raises:
        SearchUnavailable: the pack has none, a hash does not hold, or they are of different models.
    """
    record = _record(pack)
    names = [name for name in pack.manifest["files"] if name.startswith(f"{ENCODER}/")]
    if not names:
        raise SearchUnavailable("This store data holds no query encoder.", "Prepare one and run `clerk build` again.")
    _check(pack, [INDEX, *names])
    try:
        encoder = open_bundle(pack.folder / ENCODER)
        index = Index.open(pack.folder / INDEX, record, dim=encoder.dim)
    except EmbeddingsError as cause:
        raise SearchUnavailable(cause.what, _REMEDY) from cause
    if encoder.model_id != index.model_id:
        raise SearchUnavailable("The item vectors were made by another encoder.", _REMEDY)
    return Meaning(encoder, index)


def _record(pack: Pack) -> IndexRecord:
    content: Any = pack.manifest.get("index")
    if not isinstance(content, dict):
        raise SearchUnavailable("This store data holds no item vectors.", "Prepare an encoder and run `clerk build`.")
    try:
        return IndexRecord.from_json(content)
    except EmbeddingsError as cause:
        raise SearchUnavailable(cause.what, _REMEDY) from cause


def _check(pack: Pack, names: list[str]) -> None:
    missing = [name for name in names if name not in pack.manifest["files"]]
    if missing:
        raise SearchUnavailable(f"This store data holds no {missing[0]}.", _REMEDY)
    if problems := damaged(pack.folder, pack.manifest, names):
        raise SearchUnavailable(f"Search files are damaged: {problems[0]}.", _REMEDY)
