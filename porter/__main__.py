"""``python -m porter``."""

from porter.cli.main import main

if __name__ == "__main__":
    main()
