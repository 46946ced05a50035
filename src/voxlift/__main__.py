"""`python -m voxlift` is the command `voxlift`."""

from voxlift.cli import main

if __name__ == "__main__":
    main()
