"""Measuring of real objects, for `cslots demo` and `cslots bench`.

    demo.py, bench.py          what to measure, and the report as data (the --json schema);
        |                      pool_report.py is the group "pool" of bench
        |  workloads.py        the classes: fields, values, packed kinds
        |  contestants.py      the ways to write such a class, as source text
        |  run.py              one fresh interpreter per cell, a failure is a result
        v
    worker.py                  the child: reads a job, writes a result, both JSON
        |  memory.py           resident bytes an object, gc.collect
        |  speed.py            nanoseconds a statement, in a race with a slots class
        |  pool.py             what a Pool can do and a list of objects cannot
        '  timing.py           loops, samples, spreads
    table.py, chart.py, page.py, picture.py     a report as text, SVG, HTML, PNG
    imports.py, host.py, progress.py, output.py

The child's modules (worker, memory, speed, pool, timing) import the standard library and each
other only, and are loaded without the package above them, so that the process of a peer holds
nothing of cslots. Importing `cslots` imports nothing of this.
"""
