"""What the counter must not load for the sake of search."""

from __future__ import annotations

import subprocess
import sys


def test_the_client_loads_nothing_heavy(clean_environment: dict[str, str]) -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import clerk.search.process.client, sys; print(*sys.modules)"],
        env=clean_environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {name.partition(".")[0] for name in said.stdout.split()}
    assert not loaded & {"faiss", "onnxruntime", "tokenizers", "scipy", "polars", "sqlmodel", "torch", "numpy"}
