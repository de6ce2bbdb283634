"""How right the audit is: what it predicts for real packages, and what converting by hand saves.

measure.py [--quick] [--json]

    lark        Tree and Meta of a parse           Meta with __slots__, Meta as a Struct
    pdfminer    LTChar of 60 full pages            LTChar and its bases with __slots__, as Structs
    mido        Message of a MIDI file             must warn about vars(self)

Each form is measured in a fresh process (grow.py). "growth" is that of the resident memory while
the data is made. `counted` is what the census counts of the same data. `slower` is the program's
processor time while it is watched, against its time alone. `adds` is the resident memory that the
audit adds at the peak.
"""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = {"lark": 30_000, "pdfminer": 120, "mido": 100_000}
FILES = {"lark": "lark_tree.py", "pdfminer": "pdfminer_chars.py", "mido": "mido_messages.py"}
CLASSES = {
    "lark": "lark.tree.Meta",
    "pdfminer": "pdfminer.layout.LTChar",
    "mido": "mido.messages.messages.Message",
}


def python(*arguments):
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=HERE, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))}: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def audit(program, size, *options):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "report.json")
        python("-m", "cslots", "audit", "-q", "--json", file, *options, FILES[program], size)
        with open(file) as text:
            return json.load(text)


def grown(program, form, size):
    return int(python("grow.py", program, form, size))


def accuracy(program, size):
    report = audit(program, size, "--at", "exit")
    row = next(row for row in report["classes"] if row["name"] == CLASSES[program])
    result = {
        "class": row["name"],
        "objects": row["objects"],
        "now": row["now"],
        "confidence": row["confidence"],
        "forms": {},
    }
    result["warns"] = [
        reason["text"] for reason in row["reasons"] if reason["level"] in ("breaks", "stops")
    ]
    result["seconds"], result["rate"] = (
        report["census"]["seconds"],
        report["census"]["objects"] / report["census"]["seconds"],
    )
    if program != "mido":
        plain = grown(program, "plain", size)
        for form in ("slots", "struct"):
            real = plain - grown(program, form, size)
            predicted = row["forms"][form]["saves"]
            result["forms"][form] = {
                "predicted": predicted,
                "measured": real,
                "off": predicted / real - 1,
            }
        result["growth"] = plain
    return result


def counted(program, size):
    """The census' growth against the resident memory's, while the data is made."""
    return json.loads(python("counted.py", program, size))


def main():
    quick = "--quick" in sys.argv
    results = {"python": sys.version.split()[0], "programs": {}}
    for program, size in SIZES.items():
        size = size // 5 if quick else size
        results["programs"][program] = {**accuracy(program, size), "census": counted(program, size)}
    results["watched"] = json.loads(python("watched.py", *(["--quick"] if quick else [])))
    if "--json" in sys.argv:
        print(json.dumps(results, indent=1))
        return
    print(f"CPython {results['python']}\n")
    for program, found in results["programs"].items():
        print(
            f"{found['class']}: {found['objects']:,} objects, {found['now'] / 1e6:.1f} MB, "
            f"sure: {found['confidence']}"
        )
        for form, cell in found["forms"].items():
            print(
                f"  {form:6}  predicted {cell['predicted'] / 1e6:7.1f} MB"
                f"   measured {cell['measured'] / 1e6:7.1f} MB   {cell['off']:+.1%}"
            )
        census = found["census"]
        print(
            f"  census  counted {census['counted'] / 1e6:9.1f} MB"
            f"   resident {census['resident'] / 1e6:7.1f} MB   {census['off']:+.2%}"
        )
        print(f"  census  {found['rate'] / 1e6:.1f} million objects a second")
        for text in found["warns"]:
            print(f"  warns   {text}")
    watched = results["watched"]
    print(
        f"\nwatching: {watched['slower']:+.2%} processor time; "
        f"the audit adds {watched['adds']:.2%} to a peak of {watched['objects']:,} plain objects"
    )


if __name__ == "__main__":
    main()
