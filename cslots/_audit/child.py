"""The fork server of multiprocessing imports this: the children it makes are counted then."""

import os

from .children import VARIABLE, begin

if os.environ.get(VARIABLE):
    begin(0)
