"""`python -m solvers.warm`: compiles every loop and keeps it, so that whoever thinks only has to load them.

Numba keeps them beside the sources, or in NUMBA_CACHE_DIR. The first time takes some 40 s of CPU, later ones five.
"""

from solvers.availability.warm import warm as availability
from solvers.quoting.simulate import warm as quoting
from solvers.seating.plan import warm as seating


def main() -> None:
    seating()
    availability()
    quoting()


if __name__ == "__main__":
    main()
