"""`python -m hub.quoting.compile`: compiles the loop that plays evenings forward, and keeps it to be loaded."""

import os

from hub.planning.worker import keep_kernels

NICE = 5  # the doors answer first


def main() -> None:
    os.nice(NICE)
    keep_kernels()
    from solvers.quoting.simulate import warm

    warm()


if __name__ == "__main__":
    main()
