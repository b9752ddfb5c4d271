"""How a command ends: what it says of errors and signals, and with which status. Nobody sees a traceback for either.

0 done · 1 an error that was told, or nobody reads the output · 2 used wrongly · 130 interrupted · 143 terminated
"""

import signal
from collections.abc import Callable
from types import FrameType

import typer

from db.errors import FrontrowError

TERMINATED = 128 + signal.SIGTERM


class Terminated(SystemExit):
    """SIGTERM or SIGHUP arrived. Ends the program after all that it began is put away."""


def run(command: Callable[[], object]) -> None:
    """Runs a command of Typer's, which ends the process by SystemExit; adds what Typer does not know."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` has it
            signal.signal(number, _terminate)
    try:
        command()
    except FrontrowError as error:
        typer.echo(f"frontrow: {error.message}", err=True)
        if error.hint:
            typer.echo(f"  {error.hint}", err=True)
        raise SystemExit(1) from None


def _terminate(_: int, __: FrameType | None) -> None:
    raise Terminated(TERMINATED)
