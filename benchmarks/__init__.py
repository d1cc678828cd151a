"""Every figure of docs/figures.md, one module each; `python -m benchmarks` runs them all."""
