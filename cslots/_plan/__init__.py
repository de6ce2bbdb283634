"""Planning: what a class statement or the decorator says becomes a Plan, before any bytes are laid.

    statement.py    a class statement: chooses between the two that follow
    struct.py         a Struct
    subclass.py       an ordinary subclass of a decorated class
    dataclass.py    @dataclass; foreign.py: bases that dataclasses made; unpacked.py: classes
                    that cannot be packed
    rules.py        what several of these do alike
    cycles.py       does the class need the garbage collector?
    deferred.py     names in annotations that get their value later
    scope.py        where the annotations of a class are evaluated
    plan.py         Plan, the result; OPTIONS

Nothing here touches memory, and the C part reads no annotation.
"""
