"""Imported by multiprocessing's fork server, so that the children it makes are counted (children.py)."""

import os

from .children import VARIABLE, begin

if os.environ.get(VARIABLE):
    begin(0)
