"""`python -m backprop`."""

from backprop.cli import main

if __name__ == "__main__":
    main()
