"""The README's tables that are made from code; `python -m tests.readme_tables` renews them.

`test_docs.py` fails when a table in the README is not the one made here.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from clerk import errors, settings
from clerk.ui.input.actions import markdown_table
from embeddings.errors import EmbeddingsError

README = Path(__file__).resolve().parent.parent / "README.md"


def error_codes() -> str:
    """Every code with its meaning."""
    kinds = [*below(errors.ClerkError), EmbeddingsError, *below(EmbeddingsError)]
    rows = sorted({f"| `{kind.code}` | {kind.meaning} |" for kind in kinds if "code" in vars(kind)})
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def setting_rows() -> str:
    """Every setting with its default and its reason, read from the sentence below it in the code."""
    modules = [ast.parse(file.read_text(encoding="utf-8")) for file in Path(settings.__file__).parent.glob("*.py")]
    classes = {node.name: node for module in modules for node in module.body if isinstance(node, ast.ClassDef)}
    rows = []
    defaults = settings.Settings()
    for area, reason_class in _areas(classes["Settings"]):
        for name, reason in _reasons(classes[reason_class]):
            value = getattr(getattr(defaults, area), name)
            rows.append(f"| `{area}.{name}` | {value} | {reason} |")
    return "\n".join(["| setting | default | why |", "|---|---|---|", *rows])


def below(root: type[Any]) -> list[type[Any]]:
    """Every class derived from another, at any depth."""
    return [kind for sub in root.__subclasses__() for kind in (sub, *below(sub))]


def _areas(root: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (node.target.id, node.annotation.id)
        for node in root.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.annotation, ast.Name)
    ]


def _reasons(area: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for node, after in zip(area.body, area.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(after, ast.Expr):
            text = " ".join(str(ast.literal_eval(after.value)).split())
            found.append((node.target.id, text.replace("|", "\\|")))
    return found


TABLES = {"keys": markdown_table, "errors": error_codes, "settings": setting_rows}


def renewed(readme: str) -> str:
    """The README with every table made anew between its two markers."""
    for name, make in TABLES.items():
        before, opened, rest = readme.partition(f"<!-- {name} -->\n")
        _, closed, after = rest.partition(f"<!-- /{name} -->")
        readme = f"{before}{opened}{make()}\n{closed}{after}"
    return readme


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
