"""A parse tree of lark: Tree and Meta, some 270,000 each.   lark_tree.py [STATEMENTS]"""

import random
import sys

from lark import Lark

GRAMMAR = r"""
start: statement*
statement: NAME "=" expr ";"
?expr: term (("+" | "-") term)*
?term: atom (("*" | "/") atom)*
atom: NUMBER | NAME | "(" expr ")"
NAME: /[a-z]+/
%import common.NUMBER
%import common.WS
%ignore WS
"""


def text(statements):
    some = random.Random(1)
    names = ["".join(some.choice("abcdef") for _ in range(some.randint(1, 8))) for _ in range(500)]
    return "".join(
        f"{some.choice(names)} = {some.choice(names)} + {i} * (c - {i % 13});\n"
        for i in range(statements)
    )


def data(statements=30_000):
    return Lark(GRAMMAR, parser="lalr", propagate_positions=True).parse(text(statements))


if __name__ == "__main__":
    tree = data(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)
    print(f"{len(tree.children):,} statements")
