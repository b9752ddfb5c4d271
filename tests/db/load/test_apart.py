"""A generator in a process of its own."""

import subprocess
import sys

import pytest

INTERRUPTED = """
import multiprocessing
import os
import signal
import sys
from db.load.apart import apart

def end():
    if not told:
        told.append(os.getpid())
        os.kill(os.getpid(), number)

told = []
number = signal.Signals[sys.argv[1]]
signal.signal(number, signal.default_int_handler)
os.register_at_fork(after_in_parent=end)
try:
    list(apart(range, 3))
except KeyboardInterrupt:
    print("ended", multiprocessing.active_children())
"""


@pytest.mark.parametrize("signal", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_that_comes_while_it_starts_is_not_lost(signal: str) -> None:
    """What Python calls around a fork can't raise anything: it would swallow the interrupt. The other process ends."""
    command = [sys.executable, "-c", INTERRUPTED, signal]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("ended []\n", "")
