"""The command `cslots`: main.py chooses measure.py (demo, bench) or audit.py (audit, report).

What a command does is in `_measure` and `_audit`; here are its arguments and its exit code.
"""
