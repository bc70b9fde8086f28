"""The command line, as `tablesmith` and as `python -m tablesmith`."""

from __future__ import annotations

from tablesmith._own_packages import put_own_packages_first


def main() -> None:
    """Run the command line, whatever folder it is called in."""
    put_own_packages_first()
    from app.cli import main as run

    run()


if __name__ == "__main__":
    main()
