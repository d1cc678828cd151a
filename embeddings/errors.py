"""What can go wrong between a text and its vector, each with a code, a sentence and a remedy.

The shape (`code`, `what`, `remedy`) is the one any host program can print; nothing here knows that program.
"""

from __future__ import annotations

from typing import ClassVar


class EmbeddingsError(Exception):
    """Root of everything this package raises on purpose.

    Args:
        what: what happened, one sentence.
        remedy: what a person can do now, one sentence.
    """

    code: ClassVar[str] = "E410"
    meaning: ClassVar[str] = "Texts cannot be turned into vectors."

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{self.code} {what} {remedy}")
        self.what = what
        self.remedy = remedy

    def as_json(self) -> dict[str, str]:
        """The error as commands print it under `--json`."""
        return {"code": self.code, "what": self.what, "remedy": self.remedy}


class BundleMissing(EmbeddingsError):
    """There is no encoder bundle in the folder."""

    code = "E411"
    meaning = "No encoder is prepared."


class BundleDamaged(EmbeddingsError):
    """A file of the bundle is missing or its sha256 does not hold."""

    code = "E412"
    meaning = "The encoder is damaged."


class DimensionMismatch(EmbeddingsError):
    """Vectors of one length meet an index or encoder of another."""

    code = "E413"
    meaning = "Vectors come from another encoder."


class IndexDamaged(EmbeddingsError):
    """An index file is missing or is not the one that was written."""

    code = "E414"
    meaning = "The index is damaged."


class ExtraMissing(EmbeddingsError):
    """An optional package that this step needs is not installed."""

    code = "E415"
    meaning = "A package that prepares encoders is not installed."


class ParityFailed(EmbeddingsError):
    """The small model no longer says what its reference says."""

    code = "E416"
    meaning = "The prepared encoder differs too much from its reference."


class ModelUnusable(EmbeddingsError):
    """A model folder cannot be loaded, or pools in a way that is not supported."""

    code = "E417"
    meaning = "The model cannot be used."
