"""`python -m vidsum` is the command `vidsum`."""

from .cli import run

if __name__ == "__main__":
    run()
