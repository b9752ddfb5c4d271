"""The benchmark: what loading and asking cost, and what they would cost elsewhere. `python -m tests.bench --help`."""
