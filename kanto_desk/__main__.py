"""`python -m kanto_desk`: the same as the installed command `kanto-desk`. Holds nothing else."""

import sys

from kanto_desk.cli import main

if __name__ == "__main__":
    sys.exit(main())
