"""The report as one HTML page: no network, no script. `fragment` is the part that a notebook shows.

    header          program, moment, what can be saved
    map             one bar a class, as long as its bytes; its parts are object blocks, dicts, and
                    the values of each attribute
    table           the columns of the terminal
    a class each    what the forms take (bars), the code, the reasons in words, the attributes

Every part of a bar is named in text beside it or in the table below; shades and hatching only help.
Colours follow the reader's light or dark scheme.
"""

from __future__ import annotations

from html import escape
from typing import Any

from . import table as text
from .schema import Report, shown, worth_showing
from .words import size

STYLE = """
.csa { --ink: #1b2330; --soft: #566172; --line: #d4dae2; --paper: #fff; --tint: #f3f5f8;
  --deep: #14507a; --mid: #4f93bd; --pale: #a9cbe2; --mark: #b45309; --bar: #8494a6;
  font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
@media (prefers-color-scheme: dark) { .csa { --ink: #e7ebf0; --soft: #a3afbd; --line: #3a4450;
  --paper: #13171c; --tint: #1c2229; --deep: #8cc4ea; --mid: #4a8db8; --pale: #2f5876;
  --mark: #f0a04b; --bar: #66727f; } }
.csa * { box-sizing: border-box; }
.csa h1 { font-size: 1.35rem; margin: .3rem 0; overflow-wrap: anywhere; }
.csa h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
.csa h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; overflow-wrap: anywhere; }
.csa p { margin: .45rem 0; } .csa .soft { color: var(--soft); font-size: .9rem; }
.csa .big { font-size: 1.5rem; font-weight: 650; margin: .6rem 0; }
.csa .wide { overflow-x: auto; }
.csa table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums;
  background: var(--paper); color: var(--ink); }
.csa th, .csa td { padding: .3rem .55rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); background: var(--paper); }
.csa th { font-weight: 600; } .csa .l { text-align: left; }
.csa th:first-child, .csa td:first-child { text-align: left; position: sticky; left: 0;
  max-width: 46vw; overflow: hidden; text-overflow: ellipsis; }
.csa tr.worth td { font-weight: 600; }
.csa .map, .csa .forms { display: grid; grid-template-columns: minmax(0, 1fr); gap: .15rem .6rem; }
.csa .name { font-size: .87rem; overflow-wrap: anywhere; } .csa .name b { font-weight: 600; }
.csa .bar { display: flex; height: 1.5rem; border-radius: 3px; overflow: hidden;
  margin-bottom: .5rem; min-width: 3px; }
.csa .bar i { display: block; border-right: 2px solid var(--paper); overflow: hidden;
  white-space: nowrap; font: 12px/1.5rem system-ui, sans-serif; padding-left: 4px;
  color: var(--paper); background: var(--mid); text-overflow: clip; min-width: 2px; }
.csa .bar i:last-child { border-right: 0; }
.csa .bar .o { background: var(--deep); }
.csa .bar .d { color: var(--ink);
  background: repeating-linear-gradient(45deg, var(--tint) 0 5px, var(--pale) 5px 10px); }
.csa .bar .v1 { background: var(--mid); } .csa .bar .v2 { background: var(--pale);
  color: var(--ink); }
.csa .key i { display: inline-block; width: 1.1em; height: .85em; margin: 0 .3em 0 .9em;
  vertical-align: -.1em; border-radius: 2px; }
.csa .key .o { background: var(--deep); margin-left: 0; } .csa .key .v1 { background: var(--mid);
  } .csa .key .v2 { background: var(--pale); margin-left: 0; }
.csa .key .d { background: repeating-linear-gradient(45deg, var(--tint) 0 4px,
  var(--pale) 4px 8px); }
.csa .forms { grid-template-columns: 4.2rem minmax(0, 1fr); align-items: center;
  font-size: .87rem; max-width: 40rem; }
.csa .forms .track { display: flex; align-items: center; gap: .5rem; }
.csa .forms .fill { height: .9rem; background: var(--bar); border-radius: 2px; min-width: 2px; }
  .csa .forms .fill.best { background: var(--deep); }
.csa pre { overflow-x: auto; font: .82rem/1.45 ui-monospace, Menlo, Consolas, monospace;
  background: var(--tint); color: var(--ink); border-left: 3px solid var(--deep);
  padding: .6rem .8rem; margin: .5rem 0; }
.csa ul { padding-left: 0; list-style: none; margin: .4rem 0; } .csa li { margin: .25rem 0;
  overflow-wrap: anywhere; }
.csa .tag { display: inline-block; min-width: 4.1rem; text-align: center; font-size: .75rem;
  border: 1px solid var(--line); border-radius: 3px; padding: 0 .35rem; margin-right: .5rem;
  color: var(--soft); }
.csa .tag.stops, .csa .tag.breaks { border: 2px solid var(--mark); color: var(--ink);
  font-weight: 600; }
.csa summary { cursor: pointer; padding: .2rem 0; }
  .csa section { border-top: 1px solid var(--line); margin-top: 1.4rem; }
"""
PAGE = (
    "html { background: #fff; } "
    "@media (prefers-color-scheme: dark) { html { background: #13171c; } } body { margin: 0; } "
)
PAGE += ".csa { max-width: 60rem; margin: 0 auto; padding: 1rem; }"
WORDS = {"stops": "stops it", "breaks": "breaks", "care": "mind", "note": "note"}


def page(report: Report, top: int = 10) -> bytes:
    program = (report.get("program") or {}).get("name") or "this process"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>cslots audit: {_e(program)}</title>'
        f"<style>{PAGE}{STYLE}</style></head><body><main "
        f'class="csa">{_body(report, top)}</main></body></html>\n'
    ).encode("utf-8", "xmlcharrefreplace")


def fragment(report: Report, top: int = 10) -> str:
    return f'<div class="csa"><style>{STYLE}</style>{_body(report, top)}</div>'


def _e(value: object) -> str:
    """Escaped; texts that no encoding can write are replaced."""
    return escape(str(value)).encode("utf-8", "replace").decode()


def _body(report: Report, top: int) -> str:
    rows = shown(report, top)
    parts = [
        f"<h1>{_e(text.header(report))}</h1>",
        f'<p class="big">{_e(text.summary(report))}</p>',
    ]
    parts += [f"<p>{_e(note)}</p>" for note in report["notes"]]
    parts += [f'<p class="soft">{_e(text.reconciled(report))}</p>']
    if rows:
        parts += [
            "<h2>Where the bytes are</h2>",
            _map(rows),
            "<h2>What each form would take</h2>",
            _table(report, rows),
        ]
    for row in worth_showing(report, top):
        parts.append(_class(row))
    for child in report.get("children") or []:
        child_rows = shown(child, top)
        parts.append(f"<h2>Child process {_e(child.get('pid', ''))}</h2>")
        parts.append(_table(child, child_rows))
    parts.append("<h2>How it was counted</h2>")
    parts.append(
        "<p>All objects that were alive, in blocks as the allocator rounds them, with the garbage "
        "collector's heads, dicts and key tables. "
        "A class owns a value that nobody else refers to; values that are shared, interned or "
        "immortal are in no figure and stay in every "
        "form.</p>"
    )
    parts.append(f'<p class="soft">{_e(text.counted(report))} {_e(text.builtin_line(report))}</p>')
    return "\n".join(parts)


# ---- map ----


def _parts(row: dict[str, Any]) -> list[tuple[str, str, int]]:
    """(style, name, bytes) of what a class takes, objects first, then the values by size."""
    dicts = row["dict_bytes"] + row["keys_bytes"]
    inline = min(row.get("values_bytes") or 0, row["object_bytes"])
    found = [("o", "objects", row["object_bytes"] - inline)]
    if dicts + inline > 0:
        found.append(("d", "dicts", dicts + inline))
    values = sorted(
        ((name, seen.get("owned_bytes") or 0) for name, seen in row["attributes"].items()),
        key=lambda pair: pair[1],
        reverse=True,
    )
    for k, (name, count) in enumerate(values[:8]):
        if count > 0:
            found.append((f"v{k % 2 + 1}", f".{name}", count))
    rest = sum(count for _, count in values[8:])
    if rest > 0:
        found.append(("v1", "other values", rest))
    return found


def _map(rows: list[dict[str, Any]]) -> str:
    largest = max(row["now"] for row in rows) or 1
    made = []
    for row in sorted(rows, key=lambda row: row["now"], reverse=True):
        parts = _parts(row)
        total = sum(count for _, _, count in parts) or 1
        cells = "".join(
            f'<i class="{style}" style="width:{100 * count / total:.2f}%" title="{_e(name)}: '
            f'{size(count)}">{_e(name)}</i>'
            for style, name, count in parts
            if count > 0
        )
        words = ", ".join(f"{name} {size(count)}" for _, name, count in parts[:6])
        made.append(
            f'<div class="name"><b>{_e(row["name"])}</b> {size(row["now"])} '
            f'<span class="soft">{row["objects"]:,} objects: {_e(words)}</span></div>'
            f'<div class="bar" style="width:{max(0.5, 100 * row["now"] / largest):.2f}%" '
            f'role="img" '
            f'aria-label="{_e(row["name"])}: {_e(words)}">{cells}</div>'
        )
    key = (
        '<p class="soft key"><i class="o"></i>objects <i class="d"></i>dicts <i '
        'class="v1"></i><i class="v2"></i> values, by attribute</p>'
    )
    return f'{key}<div class="map">{"".join(made)}</div>'


# ---- table ----


def _table(report: Report, rows: list[dict[str, Any]]) -> str:
    head = "".join(f'<th{_left(title)} scope="col">{_e(title)}</th>' for title in text.COLUMNS)
    body = []
    for row in rows:
        cells = "".join(
            f"<td{_left(title)}>{_e(cell)}</td>"
            for title, cell in zip(text.COLUMNS[1:], text.cells(row), strict=True)
        )
        style = ' class="worth"' if row["saves"] > 0 else ""
        body.append(
            f'<tr{style}><td class="l" title="{_e(row["name"])}">{_e(row["name"])}</td>{cells}</tr>'
        )
    rest = len(report["classes"]) - len(rows)
    left = report["total"]["now"] - sum(row["now"] for row in rows)
    more = f'<p class="soft">{rest:,} more classes hold {size(left)}.</p>' if rest > 0 else ""
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{more}"
    )


def _left(title: str) -> str:
    return ' class="l"' if title in text.LEFT else ""


# ---- one class ----


def _class(row: dict[str, Any]) -> str:
    parts = [f"<section><h3>{_e(row['name'])}</h3>", _forms(row)]
    best = row["advice"] if row["advice"] in row["code"] else next(iter(row["code"]), None)
    if best:
        parts.append(f"<pre>{_e(row['code'][best])}</pre>")
    others = "".join(
        "<details><summary>With "
        f"{_e(text.HEADS.get(name, name))}</summary><pre>{_e(code)}</pre></details>"
        for name, code in row["code"].items()
        if name != best
    )
    items = [(reason["level"], reason["text"], reason["forms"]) for reason in row["reasons"]]
    items += [("better", remark, []) for remark in row["remarks"]]
    if items:
        made = []
        for level, words, forms in items:
            one = f" ({text.HEADS.get(forms[0], forms[0])} only)" if len(forms) == 1 else ""
            made.append(
                '<li><span class="tag '
                f'{_e(level)}">{_e(WORDS.get(level, level))}</span>{_e(words + one)}</li>'
            )
        parts.append(f"<ul>{''.join(made)}</ul>")
    parts.append(others)
    parts.append(_attributes(row))
    parts.append(_proof(row))
    parts.append("</section>")
    return "".join(parts)


def _forms(row: dict[str, Any]) -> str:
    bars = [("now", row["now"])]
    bars += [
        (text.HEADS[name], row["forms"][name]["bytes"])
        for name in text.FORMS
        if name in row["forms"]
    ]
    largest = max((count for _, count in bars), default=1) or 1
    made = []
    for name, count in bars:
        saved = row["now"] - count
        words = size(count) + (f", saves {size(saved)}" if name != "now" and saved > 0 else "")
        best = " best" if name == text.HEADS.get(row["advice"]) else ""
        made.append(
            f'<span>{_e(name)}</span><span class="track"><span class="fill{best}" '
            f'style="width:{55 * max(0, count) / largest:.1f}%"></span>'
            f"<span>{_e(words)}</span></span>"
        )
    sure = (
        f'<p class="soft">{row["objects"]:,} objects; sure: {_e(row["confidence"])}.</p>'
        if row["forms"]
        else ""
    )
    return f'<div class="forms">{"".join(made)}</div>{sure}'


def _attributes(row: dict[str, Any]) -> str:
    if not row["attributes"]:
        return ""
    kinds = row.get("kinds") or {}
    body = []
    for name, seen in row["attributes"].items():
        kind = kinds.get(name) or {}
        share = f"{100 * seen['present'] / max(1, row['objects']):.3g} %"
        types = ", ".join(
            f"{key.rpartition('.')[2]} {count:,}"
            for key, count in sorted(seen["types"].items(), key=lambda pair: -pair[1])[:3]
        )
        body.append(
            f'<tr><td class="l">{_e(name)}</td><td>{share}</td><td>{seen["none"]:,}</td><td '
            f'class="l">{_e(types)}</td>'
            f'<td class="l">{_e(range_of(seen))}</td><td>{size(seen.get("owned_bytes") or 0)}</td>'
            f'<td class="l">{_e(kind.get("safe") or "")}</td><td '
            f'class="l">{_e(kind.get("tight") or "")}</td></tr>'
        )
    head = (
        '<th class="l">attribute</th><th>present</th><th>None</th><th class="l">types</th><th '
        'class="l">range</th>'
    )
    head += '<th>owns</th><th class="l">kind</th><th class="l">tight</th>'
    return (
        f"<details><summary>{len(row['attributes'])} attributes</summary>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div></details>"
    )


def range_of(seen: dict[str, Any]) -> str:
    """What was seen of an attribute's values, in a few words."""
    words = []
    if seen.get("int_min") is not None:
        words.append(
            f"{seen['int_min']:,} to {seen['int_max']:,}"
            if isinstance(seen["int_min"], int)
            else "integers"
        )
    if seen.get("float_min") is not None:
        low, high = seen["float_min"], seen["float_max"]
        words.append(
            f"{low:.6g} to {high:.6g}"
            if isinstance(low, int | float) and isinstance(high, int | float)
            else f"{low} to {high}"
        )
    if seen.get("text_chars_max") is not None:
        low, high = seen.get("text_chars_min"), seen["text_chars_max"]
        words.append(f"{low} to {high} characters" if low != high else f"{high} characters")
    if seen.get("distinct"):
        words.append(
            f"{'more than ' if seen.get('distinct_capped') else ''}{seen['distinct']:,} different"
        )
    if seen.get("unchanged"):
        words.append("never changed")
    return "; ".join(words)


def _proof(row: dict[str, Any]) -> str:
    proof = row.get("proof")
    if not proof:
        return ""
    body = "".join(
        f'<tr><td class="l">{_e(text.HEADS.get(name, name))}</td>'
        f"<td>{found['predicted']:.1f}</td><td>{found['measured']:.1f}</td></tr>"
        for name, found in proof["forms"].items()
        if isinstance(found.get("measured"), int | float)
    )
    return (
        f'<p class="soft">Measured with {proof["objects"]:,} objects made in fresh processes, '
        "bytes an object:</p>"
        '<div class="wide"><table><thead><tr>'
        '<th class="l">form</th><th>predicted</th><th>measured</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
