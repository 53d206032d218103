# /// script
# requires-python = ">=3.10"
# dependencies = ["moto[server]==5.2.1"]
# ///
"""Entry point: `python -m emulator --folder FOLDER`, or run as a script with inline dependencies."""

from emulator.server import main

main()
