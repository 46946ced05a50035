"""Voxlift's interactive shell: `python main.py`, the same as `voxlift lab shell`."""

import sys

try:
    from voxlift.cli import main
except ModuleNotFoundError as problem:
    sys.exit(f"{problem.name} is not installed; run: pip install -c constraints.txt -e '.[lab,plot]'")

if __name__ == "__main__":
    main(["lab", "shell", *sys.argv[1:]])
