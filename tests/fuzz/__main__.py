"""Fuzzing with atheris: `python -m tests.fuzz` (every target, a minute each), or with targets and seconds for each.

`python -m tests.fuzz TARGETS SECONDS`; TARGETS is one target, `readers` (of files in the inbox), `others` or `all`. An
input that crashes is kept and its place is printed; the exit status is 1.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

READERS = ("delimited", "canonical", "shopify", "square", "systems", "archive", "workbook", "mapping")
OTHERS = ("segment", "acks", "manifest", "books", "scan", "settings", "office")
TARGETS = (*READERS, *OTHERS)
_GROUPS = {"all": TARGETS, "readers": READERS, "others": OTHERS}
_MEMORY_MB = 2_500


def main() -> int:
    """Every target in a process of its own, since a fuzzer never comes back."""
    target = sys.argv[1] if len(sys.argv) > 1 else "all"
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write('NOT RUN: fuzzing needs atheris: pip install "clerk-counter[fuzz]" (Linux and macOS)\n')
        return 0
    if len(sys.argv) > 3:
        _fuzz(target, seconds, Path(sys.argv[3]))
    if target not in (*_GROUPS, *TARGETS):
        sys.stdout.write(f"no such target; there are: {', '.join((*_GROUPS, *TARGETS))}\n")
        return 2
    bad = [name for name in _GROUPS.get(target, (target,)) if not _in_child(name, max(1, seconds))]
    return 1 if bad else 0


def _in_child(target: str, seconds: int) -> bool:
    """Whether nothing crashed; says what happened."""
    folder = Path(tempfile.mkdtemp(prefix=f"clerk-fuzz-{target}-"))
    command = [sys.executable, "-m", "tests.fuzz", target, str(seconds), str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    told = dict(line.removeprefix("stat::").split(":", 1) for line in ran.stderr.splitlines() if "stat::" in line)
    runs = int(told.get("number_of_executed_units", 0))
    state = "no crash" if not ran.returncode else f"CRASHED, input in {folder}"
    sys.stdout.write(f"{target:<10} {seconds:>5} s {runs:>10,} inputs  {state}\n")
    if ran.returncode:
        sys.stdout.write("\n".join(ran.stderr.splitlines()[-40:]) + "\n")
    sys.stdout.flush()
    return not ran.returncode


def _fuzz(target: str, seconds: int, folder: Path) -> None:
    """Never returns."""
    import atheris

    # Only our own code is watched: watching everything that is loaded takes longer than the fuzzing.
    with atheris.instrument_imports(include=["clerk", "tests.fuzz"]):
        from tests.fuzz import targets
    chosen = targets.TARGETS[target]
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(chosen.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}", f"-max_len={chosen.longest}", f"-artifact_prefix={folder}/",
        f"-rss_limit_mb={_MEMORY_MB}", "-print_final_stats=1", "-timeout=20",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], chosen.run)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
