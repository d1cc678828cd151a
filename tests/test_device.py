"""A device installs the base alone: no torch, no transformers, no pandas, and still everything a counter does.

Runs in the environment of `make test-device`; in the developers' environment the first test says so and is skipped.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

DEVELOPERS = importlib.util.find_spec("hypothesis") is not None


@pytest.mark.skipif(DEVELOPERS, reason="this is the developers' environment; `make test-device` has its own")
@pytest.mark.parametrize("package", ["torch", "transformers", "sentence_transformers", "pandas", "scipy", "onnx"])
def test_the_base_install_leaves_heavy_packages_out(package: str) -> None:
    assert importlib.util.find_spec(package) is None


@pytest.mark.slow
def test_a_device_builds_the_sample_store_and_shows_the_demo_member(
    tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    home = tmp_path / "home"
    run = [sys.executable, "-m", "clerk"]
    subprocess.run(
        [*run, "build", "--shop", "sample", "--home", str(home), "--no-meaning", "--json"],
        env=clean_environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    status = subprocess.run(
        [*run, "check", "--home", str(home), "--json"],
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    code = json.loads(status.stdout)["status"]["demo_code"]
    shown = subprocess.run(
        [*run, "show", code, "--home", str(home), "--json"],
        env=clean_environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert json.loads(shown.stdout)["usual"]["state"] == "usual"
