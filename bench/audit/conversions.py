"""Classes of real packages, converted by hand: texts of their source are replaced before it runs.

    convert(program, form)      form is "plain", "slots" or "struct"; before the package is imported

Each entry is (module, [(old text, new text), ...]). An old text that is not there is an error, so a
new release of a package is noticed.
"""

import importlib.abc
import importlib.machinery
import sys

META = "empty line column start_pos end_line end_column end_pos container_line container_column "
META += "container_start_pos container_end_line container_end_column container_end_pos"
META_FIELDS = "empty: bool\n" + "".join(f"    {name}: int\n" for name in META.split()[1:])
META_ANNOTATIONS = """
    empty: bool
    line: int
    column: int
    start_pos: int
    end_line: int
    end_column: int
    end_pos: int
    orig_expansion: 'List[TerminalDef]'
    match_tree: bool
"""
COMPONENT = "x0 y0 x1 y1 width height bbox"
CHAR = "_text matrix fontname ncs graphicstate adv upright size"
WITH_DICT = (
    "LTCurve(LTComponent)",
    "LTImage(LTComponent)",
    "LTAnno(LTItem, LTText)",
    "LTContainer(LTComponent, Generic[LTItemT])",
)


def slots(names):
    return f"    __slots__ = {tuple(names.split())!r}\n"


CONVERSIONS = {
    ("lark", "slots"): [
        ("lark.tree", [
            ("class Meta:\n" + META_ANNOTATIONS, f"class Meta:\n{slots(META)}"),
        ]),
    ],
    ("lark", "struct"): [
        ("lark.tree", [
            ("class Meta:\n" + META_ANNOTATIONS,
             f"import cslots\nclass Meta(cslots.Struct):\n    {META_FIELDS}"),
        ]),
    ],
    ("pdfminer", "slots"): [
        ("pdfminer.layout", [
            ("class LTItem:\n", "class LTItem:\n    __slots__ = ()\n"),
            ("class LTText:\n", "class LTText:\n    __slots__ = ()\n"),
            ("class LTComponent(LTItem):\n", f"class LTComponent(LTItem):\n{slots(COMPONENT)}"),
            ("class LTChar(LTComponent, LTText):\n",
             f"class LTChar(LTComponent, LTText):\n{slots(CHAR)}"),
        ]),
    ],
    ("pdfminer", "struct"): [
        ("pdfminer.layout", [
            ("class LTItem:\n", "import cslots\nclass LTItem(cslots.Struct, eq=False):\n"),
            ("class LTText:\n", "class LTText(cslots.Struct, eq=False):\n"),
            ("class LTComponent(LTItem):\n", "class LTComponent(LTItem, eq=False):\n"
             "    x0: float\n    y0: float\n    x1: float\n    y1: float\n"
             "    width: float\n    height: float\n    bbox: tuple\n"),
            ("class LTChar(LTComponent, LTText):\n",
             "class LTChar(LTComponent, LTText, eq=False):\n"
             "    _text: str\n    matrix: tuple\n    fontname: str\n    ncs: object\n"
             "    graphicstate: object\n    adv: float\n    upright: bool\n    size: float\n"),
            # What derives from them and has attributes of its own keeps its dict.
            *[(f"class {name}:\n", f"class {name[:-1]}, dict=True, eq=False):\n")
              for name in WITH_DICT],
        ]),
    ],
}  # fmt: skip


class Converted(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    def __init__(self, name, path, changes):
        importlib.machinery.SourceFileLoader.__init__(self, name, path)
        self.changes = changes

    def get_code(self, name):
        text = self.get_data(self.path).decode()
        for old, new in self.changes:
            if text.count(old) != 1:
                raise SystemExit(
                    f"{self.path}: {old!r} is there {text.count(old)} times, not once; "
                    "which release is this?"
                )
            text = text.replace(old, new)
        return compile(text, self.path, "exec", dont_inherit=True)


class Finder(importlib.abc.MetaPathFinder):
    def __init__(self, changes):
        self.changes = dict(changes)

    def find_spec(self, name, path=None, target=None):
        if name not in self.changes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        spec.loader = Converted(name, spec.origin, self.changes[name])
        return spec


def convert(program, form):
    if form != "plain":
        sys.meta_path.insert(0, Finder(CONVERSIONS[program, form]))
