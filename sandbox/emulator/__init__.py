"""The AWS emulator of the sandbox: moto's server, with the gaps filled that the stacks of this project meet.

`server.py` runs it, `gaps/` holds one module for each service that needs help.
Each gap is listed with its reason in docs/sandbox.md.
"""
