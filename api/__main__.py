"""The command `frontrow`, also as `python -m api`."""

from api.commands import app
from api.console import run


def main() -> None:
    """Runs the command line and ends the process with its status."""
    run(app)


if __name__ == "__main__":
    main()
