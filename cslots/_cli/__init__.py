"""The command `cslots`: main.py chooses one of measure.py (demo, bench) and audit.py (audit, report).

What a command does is in `_measure` and `_audit`; here are its arguments and its exit code.
"""
