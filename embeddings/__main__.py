"""`python -m embeddings`: prepare, encode, verify. Data on stdout, talk on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from embeddings.errors import EmbeddingsError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 wrong usage, 4 it could not be done, 130 stopped."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except EmbeddingsError as error:
        if arguments.json:
            print(json.dumps({"error": error.as_json()}))
        print(f"{error.code} {error.what} {error.remedy}", file=sys.stderr)
        return 4
    except BrokenPipeError:
        # Whoever read the vectors has enough; nothing is left to say, and Python must not say it at exit.
        sys.stdout = None
        return 0
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embeddings", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    prepare = commands.add_parser("prepare", help="make an encoder bundle, once")
    prepare.add_argument(
        "folder", nargs="?", type=Path, help="a local SentenceTransformer (extra [model]); left out: packaged MiniLM"
    )
    prepare.add_argument("--multilingual", action="store_true", help="the packaged model of sixteen languages")
    prepare.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    prepare.set_defaults(run=_prepare)
    encode = commands.add_parser("encode", help="print the vectors of texts, one JSON line each")
    encode.add_argument("bundle", type=Path)
    encode.add_argument("texts", nargs="*", help="left out: one a line from stdin")
    encode.set_defaults(run=_encode)
    verify = commands.add_parser("verify", help="check every hash of a bundle and say what it is")
    verify.add_argument("bundle", type=Path)
    verify.set_defaults(run=_verify)
    for command in (prepare, encode, verify):
        command.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _prepare(arguments: argparse.Namespace) -> int:
    from embeddings.prepare import prepare

    manifest = prepare(arguments.out, arguments.folder, talk=_say, multilingual=arguments.multilingual)
    if arguments.json:
        print(json.dumps({"model_id": manifest.model_id, "dim": manifest.dim, "parity": dict(manifest.parity)}))
    else:
        parity = manifest.parity
        print(f"{manifest.model_id}  {manifest.dim} dimensions")
        print(
            f"cosine to the reference: {parity['cosine_mean']:.3f} mean, {parity['cosine_min']:.3f} min; "
            f"same neighbours: {parity['ranking']:.0%}"
        )
    return 0


def _encode(arguments: argparse.Namespace) -> int:
    from embeddings import open_bundle

    texts = arguments.texts or [line.rstrip("\n") for line in sys.stdin]
    for text, row in zip(texts, open_bundle(arguments.bundle).encode(texts), strict=True):
        print(json.dumps({"text": text, "vector": [round(float(number), 6) for number in row]}, ensure_ascii=False))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from embeddings import verify_bundle

    manifest = verify_bundle(arguments.bundle)
    if arguments.json:
        print(json.dumps({"model_id": manifest.model_id, "dim": manifest.dim, "files": dict(manifest.files)}))
    else:
        print(f"{manifest.model_id}  {manifest.dim} dimensions, {len(manifest.files)} files hold, {manifest.licence}")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
