"""A generator in a process of its own."""

import subprocess
import sys

INTERRUPTED = """
import os
import signal
from db.load.apart import apart

def end():
    if not told:
        told.append(os.getpid())
        os.kill(os.getpid(), signal.SIGINT)

told = []
os.register_at_fork(after_in_parent=end)
try:
    list(apart(range, 3))
except KeyboardInterrupt:
    print("ended")
"""


def test_a_signal_that_comes_while_it_starts_is_not_lost() -> None:
    """What Python calls around a fork can't raise anything: it would swallow the interrupt."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("ended\n", "")
