"""Every figure in the README, one module each; `python -m benchmarks` runs them all."""
