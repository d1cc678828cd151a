from __future__ import annotations

import subprocess
import sys


def test_the_read_side_imports_nothing_that_delays_the_first_frame(clean_environment: dict[str, str]) -> None:
    heavy = ("numpy", "sqlmodel", "sqlalchemy", "polars", "faiss", "onnxruntime", "scipy", "rapidfuzz", "embeddings")
    script = (
        "import sys, clerk.pack.open, clerk.pack.read, clerk.pack.search, clerk.text\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=clean_environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
