"""Which encoder a build gets, by the shop's languages and by what is installed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from clerk.commands import encoder
from clerk.commands.encoder import builder_encoder
from embeddings import WeightlessEncoder
from tests.embeddings.tiny import write_bundle


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the packages that count as installed; filled by the test."""
    packages: set[str] = set()
    monkeypatch.setattr(encoder, "find_spec", lambda name: SimpleNamespace() if name in packages else None)
    return packages


def test_a_model_the_shop_prepared_itself_serves_every_language(tmp_path: Path, installed: set[str]) -> None:
    own = write_bundle(tmp_path / "encoder")
    for languages in (("en",), ("de",), ("ja", "en")):
        assert builder_encoder(tmp_path, languages).model_id == own.model_id


def test_without_any_package_meaning_is_spelled_and_the_build_says_so(
    tmp_path: Path, installed: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(builder_encoder(tmp_path, ("en",)), WeightlessEncoder)
    assert "clerk-counter[encoder]" in capsys.readouterr().err
    assert isinstance(builder_encoder(tmp_path, ("de",)), WeightlessEncoder)
    assert "clerk-counter[multilingual]" in capsys.readouterr().err


def test_without_the_multilingual_package_the_packaged_english_model_stands_in_and_the_build_says_so(
    tmp_path: Path, installed: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    english = write_bundle(tmp_path / "encoder", source=encoder.ENGLISH_SOURCE)
    assert builder_encoder(tmp_path, ("de", "en")).model_id == english.model_id
    assert "(de, en) are searched by words" in capsys.readouterr().err


def test_a_prepared_multilingual_bundle_serves_other_languages_and_leaves_english_its_own(
    tmp_path: Path, installed: set[str]
) -> None:
    english = write_bundle(tmp_path / "encoder", source=encoder.ENGLISH_SOURCE)
    other = write_bundle(tmp_path / "encoder-multilingual", seed=8)
    assert builder_encoder(tmp_path, ("en",)).model_id == english.model_id
    assert builder_encoder(tmp_path, ("de",)).model_id == other.model_id
    assert builder_encoder(tmp_path, ("en", "ja")).model_id == other.model_id
