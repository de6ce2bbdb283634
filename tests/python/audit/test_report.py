"""The report: where it goes and what it holds; it comes whatever the program does.

Where it cannot come, one clear line says so.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from support.audit import AUDIT, run

import cslots
from cslots._audit import diff, html, schema, table
from cslots._cli import main as cli

pytest.importorskip("cslots._census")
AUDIT = [word for word in AUDIT if word != "-q"]
THINGS = """
import sys
class Thing:
    def __init__(self, name, size, weight):
        self.name = name
        self.size = size
        self.weight = weight
things = [Thing(f'thing number {k}', k % 100, k * 1.5) for k in range(40_000)]
print(len(things))
"""
# Programs that wait until they have been looked at, however long that takes on a busy machine.
# What stands after the data is more than the trifle that no second look is taken for: so a moment
# that was begun just before the last objects were there is not the last one.
WATCHED = """
import sys, time
def watch():
    frame = sys._getframe()
    while not hasattr(frame.f_locals.get('self'), 'watch'): frame = frame.f_back
    return frame.f_locals['self'].watch
def counted(watch):
    time.sleep(0.01)  # the times of moments are in milliseconds
    filled = time.perf_counter() - watch.started - 0.005
    more = 'x' * (4 << 20)
    while not watch.moments or watch.moments[-1][0] <= filled: time.sleep(0.01)
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report as --json writes it."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "things.py").write_text(THINGS, encoding="utf-8")
    code, out, err = run(
        AUDIT, ["--json", "things.json", "--html", "things.html", "things.py", "x"], folder
    )
    assert (code, out) == (0, "40000\n"), err
    assert "__main__.Thing" in err
    return json.loads((folder / "things.json").read_text(encoding="ascii"))


def thing(report):
    return next(row for row in report["classes"] if row["name"] == "__main__.Thing")


class TestJson:
    def test_the_schema_is_as_documented(self, report):
        assert report["schema"] == 1
        assert report["command"] == "audit"
        assert {
            "cslots",
            "python",
            "platform",
            "program",
            "at",
            "seconds_in",
            "rss",
            "census",
            "builtin",
            "classes",
            "total",
            "notes",
        } <= set(report)
        assert report["program"]["arguments"] == ["x"]
        assert report["program"]["exit_code"] == 0
        assert report["python"]["version"] == ".".join(map(str, sys.version_info[:3])) + (
            ""
            if sys.version_info.releaselevel == "final"
            else report["python"]["version"].lstrip("0123456789.")
        )
        row = thing(report)
        assert {
            "objects",
            "now",
            "forms",
            "advice",
            "saves",
            "confidence",
            "reasons",
            "remarks",
            "code",
            "attributes",
        } <= set(row)
        assert set(row["forms"]) == {"slots", "struct", "tight", "pool"}
        for form in row["forms"].values():
            assert set(form) == {"bytes", "saves", "object", "tracked"}
            assert form["saves"] == row["now"] - form["bytes"]

    def test_what_was_seen(self, report):
        row = thing(report)
        assert row["objects"] == 40_000
        assert (row["attributes"]["size"]["int_min"], row["attributes"]["size"]["int_max"]) == (
            0,
            99,
        )
        assert row["kinds"]["name"]["safe"] == "utf8"
        assert (row["advice"], row["confidence"]) == ("struct", "high")
        assert row["saves"] == row["forms"]["struct"]["saves"] > 2_000_000

    def test_it_can_be_drawn_again(self, report, tmp_path, capsys):
        file = tmp_path / "r.json"
        file.write_bytes(schema.dumps(report))
        assert cli.main(["report", str(file)]) == 0
        out = capsys.readouterr().out
        assert "__main__.Thing" in out
        assert "class Thing(cslots.Struct):  # __main__.Thing · 40,000 instances" in out
        assert (
            cli.main(
                [
                    "report",
                    str(file),
                    "--html",
                    str(tmp_path / "r.html"),
                    "--output",
                    str(tmp_path / "r.txt"),
                ]
            )
            == 0
        )
        assert capsys.readouterr().out == ""
        assert (tmp_path / "r.txt").read_text(encoding="utf-8") == out
        assert (tmp_path / "r.html").read_bytes() == html.page(report)

    def test_the_classes_that_hold_most_are_in_the_first_rows(self, report):
        rows = [dict(row, saves=0) for row in report["classes"]]
        big = dict(rows[0], name="big", now=10**9, saves=0)
        savers = [dict(rows[0], name=f"saver{k}", now=1000, saves=500) for k in range(30)]
        made = dict(
            report, classes=[*savers, *rows, big], total=dict(report["total"], now=10**9 + 30_000)
        )
        assert "big" in [row["name"] for row in schema.shown(made, 10)]
        assert len(schema.shown(made, 10)) == 10

    def test_the_sum_is_the_resident_memory(self, report):
        text = table.reconciled(report)
        amounts = [
            float(a) * {"B": 1, "kB": 1e3, "MB": 1e6}[unit]
            for a, unit in re.findall(r"([\d.]+) (B|kB|MB)", text)
        ]
        assert sum(amounts[1:]) == pytest.approx(amounts[0], rel=0.02) or " - " in text


class TestBadReports:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "is no JSON; a report is what cslots audit --json FILE wrote"),
            ("{", "is no JSON"),
            ("[" * 100_000, "is no JSON"),
            ("[]", "is no report of cslots audit"),
            ('{"command": "demo", "schema": 1}', "is no report of cslots audit"),
            (
                '{"command": "audit", "schema": 99}',
                "was written by a newer cslots (schema 99, this one reads up to 1)",
            ),
            ('{"command": "audit", "schema": 1}', "is a damaged report (classes is missing)"),
        ],
    )
    def test_one_clear_line(self, tmp_path, capsys, text, says):
        file = tmp_path / "bad.json"
        file.write_text(text, encoding="utf-8")
        for arguments in (["report", str(file)], ["audit", "--diff", str(file), str(file)]):
            assert cli.main(arguments) == 1
            err = capsys.readouterr().err
            assert err.startswith(f"cslots: {file}: {says}")
            assert err.count("\n") == 1

    def test_any_damage_is_told(self, report, tmp_path, capsys):
        """Each value of the report in turn gets another type: no traceback comes."""
        tried = 0

        def places(value, path=()):
            if isinstance(value, dict):
                for key, inner in list(value.items())[:30]:
                    yield path, key
                    yield from places(inner, (*path, key))
            elif isinstance(value, list) and value:
                yield path, 0
                yield from places(value[0], (*path, 0))

        small = dict(report, classes=[thing(report)])
        for path, key in list(places(small)):
            for bad in (None, "text", [], -1.5):
                copy = json.loads(json.dumps(small))
                at = copy
                for step in path:
                    at = at[step]
                if type(at[key]) is type(bad):
                    continue
                at[key] = bad
                file = tmp_path / "bad.json"
                file.write_text(json.dumps(copy), encoding="utf-8")
                for arguments in (
                    ["report", str(file), "--html", str(tmp_path / "page.html"), "--force"],
                    ["audit", "--diff", str(file), str(file)],
                ):
                    code = cli.main(arguments)
                    err = capsys.readouterr().err
                    assert code in (0, 1), (path, key, bad)
                    assert err.count("\n") <= 1 and (
                        err.startswith(("cslots: ", "wrote ")) or not err
                    ), err
                tried += 1
        assert tried > 300

    def test_a_file_that_is_not_there(self, tmp_path, capsys):
        assert cli.main(["report", str(tmp_path / "none.json")]) == 1
        assert (
            capsys.readouterr().err
            == f"cslots: {tmp_path / 'none.json'}: No such file or directory\n"
        )


class TestCommandLine:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ([], "cslots audit: no program given (cslots audit script.py, cslots audit -m module)"),
            (["-m"], "cslots audit: -m: expected one argument"),
            (
                ["--att", "peak", "x.py"],
                "cslots audit: unknown option '--att'; did you mean '--at'?",
            ),
            (["--at", "noon", "x.py"], "cslots audit: --at: invalid choice: 'noon'"),
            (
                ["--top", "0", "x.py"],
                "cslots audit: --top: expected a whole number of at least 1, got '0'",
            ),
            (
                ["--fail-over", "much", "x.py"],
                "cslots audit: --fail-over: expected a size such as 20MB, got 'much'",
            ),
            (["--diff", "a.json"], "cslots audit: --diff: expected 2 arguments"),
            (
                ["--diff", "a.json", "b.json", "x.py"],
                "cslots audit: --diff compares two reports; it runs no program ('x.py')",
            ),
            (["--json"], "cslots audit: --json: expected one argument"),
            (["--json", "", "x.py"], "cslots audit: --json: the name of the file is empty"),
            (["-"], "cslots audit: a program from stdin is not supported; give a file"),
        ],
    )
    def test_a_wrong_command_line_is_one_line(self, capsys, arguments, says):
        assert cli.main(["audit", *arguments]) == 2
        err = capsys.readouterr().err
        assert err.startswith(says)
        assert err.count("\n") == 1

    def test_a_script_that_is_not_there(self, tmp_path):
        assert run(AUDIT, ["none.py"], tmp_path) == (
            2,
            "",
            "cslots audit: none.py: No such file or directory\n",
        )

    def test_a_file_that_exists_is_kept(self, script):  # noqa: F811
        name = script("print('ran')")
        (script.folder / "old.json").write_text("old")
        code, out, err = run(AUDIT, ["--json", "old.json", name], script.folder)
        assert (code, out) == (1, "")
        assert "old.json: exists; give another name, or --force to write over it" in err
        assert (script.folder / "old.json").read_text() == "old"

    def test_sizes(self):
        from cslots._cli.audit import size

        assert [size(text) for text in ("20MB", "1.5 GB", "300k", "4096", "2MiB", "1,000")] == [
            20_000_000,
            1_500_000_000,
            300_000,
            4096,
            2 << 20,
            1000,
        ]

    def test_help_names_every_option(self, capsys):
        assert cli.main(["audit", "--help"]) == 0
        out = capsys.readouterr().out
        for option in (
            "-m",
            "--at",
            "--signal",
            "--output",
            "--json",
            "--html",
            "--prove",
            "--children",
            "--fail-over",
            "--diff",
        ):
            assert option in out


class TestRuns:
    """The report comes."""

    def check(self, script, source, *options, arguments=(), **settings):  # noqa: F811
        name = script(source)
        code, out, err = run(
            AUDIT,
            ["--json", "r.json", "--force", *options, name, *arguments],
            script.folder,
            **settings,
        )
        file = script.folder / "r.json"
        data = json.loads(file.read_text(encoding="ascii")) if file.exists() else None
        return code, out, err, data

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring")
    def test_data_that_is_local_to_a_function_is_seen_as_it_returns(self, script):  # noqa: F811
        source = WATCHED + THINGS.replace("things =", "def main():\n  things =").replace(
            "print(len(things))",
            "  more = 'x' * (4 << 20)\n"
            "  while main.__code__ not in watch().returns.marked: time.sleep(0.01)\n"
            # A function that returns soon after it was marked is taken for a busy one.
            "  time.sleep(0.05)\n"
            "  print(len(things))\nmain()",
        )
        code, out, _, data = self.check(script, source.replace("40_000", "200_000"))
        assert (code, out) == (0, "200000\n")
        assert data["at"] == "peak"
        assert thing(data)["objects"] == 200_000

    def test_a_program_whose_data_stands_still_for_a_while(self, script):  # noqa: F811
        source = WATCHED + THINGS.replace("40_000", "200_000")
        source += "counted(watch())\ndel things\n"
        _, _, err, data = self.check(script, source)
        assert data["at"] == "peak"
        assert thing(data)["objects"] == 200_000
        assert "near its peak" in err

    def test_at_exit_is_the_end(self, script):  # noqa: F811
        source = THINGS.replace("40_000", "200_000") + "import time; time.sleep(0.6)\ndel things\n"
        _, _, _, data = self.check(script, source, "--at", "exit")
        assert data["at"] == "end"
        assert not [row for row in data["classes"] if row["name"] == "__main__.Thing"]

    def test_a_program_that_raises(self, script):  # noqa: F811
        source = THINGS.replace("things =", "def main():\n  things =").replace(
            "print(len(things))", "  1 / 0\nmain()"
        )
        code, _, err, data = self.check(script, source)
        assert code == 1
        assert "ZeroDivisionError: division by zero" in err
        assert (
            "The program ended by ZeroDivisionError; what was alive then is counted."
            in " ".join(err.split())
        )
        assert thing(data)["objects"] == 40_000, "the frames are alive"

    def test_a_program_that_exits_in_the_middle(self, script):  # noqa: F811
        code, _, _, data = self.check(script, THINGS + "sys.exit(7)\n")
        assert code == 7
        assert data["program"]["exit_code"] == 7
        assert thing(data)["objects"] == 40_000

    def test_a_program_that_ends_itself(self, script):  # noqa: F811
        code, _, err, data = self.check(script, THINGS + "import os; os._exit(9)\n")
        assert code == 9
        assert "The program ended itself with os._exit." in err
        assert thing(data)["objects"] == 40_000

    def test_a_program_that_forks_reports_once(self, script):  # noqa: F811
        source = THINGS + "import os\nchild = os.fork()\nif child: os.waitpid(child, 0)\n"
        code, _, err, _ = self.check(script, source)
        assert code == 0
        assert err.count("objects counted") == 1

    def test_a_program_that_replaces_its_streams(self, script):  # noqa: F811
        source = "import sys, io\nsys.stdout = sys.stderr = io.StringIO()\n" + THINGS
        code, out, err, data = self.check(script, source)
        assert (code, out) == (0, "")
        assert "__main__.Thing" in err and data

    def test_a_descriptor_that_is_another_file_by_now_is_left_alone(self, script):  # noqa: F811
        source = (
            "import os\nos.closerange(2, 300)\nfiles = [os.open(f'own{k}', os.O_CREAT | "
            "os.O_WRONLY) for k in range(260)]\n" + THINGS
        )
        code, _, err, data = self.check(script, source)
        assert (code, err) == (0, "")
        assert data
        assert all((script.folder / f"own{k}").stat().st_size == 0 for k in range(260))

    def test_a_program_that_changes_its_folder(self, script):  # noqa: F811
        code, _, _, data = self.check(script, "import os\nos.chdir('/')\n" + THINGS)
        assert code == 0 and data

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs RLIMIT_AS")
    def test_a_program_that_runs_out_of_memory(self, script):  # noqa: F811
        source = """
            import resource
            class Thing:
                def __init__(self, k): self.x = k * 1.5; self.y = k
            things = [Thing(k) for k in range(10_000)]
            resource.setrlimit(resource.RLIMIT_AS, (400 << 20, resource.RLIM_INFINITY))
            while True: things += [Thing(k) for k in range(10_000)]
        """
        code, _, err, data = self.check(script, source)
        assert code == 1
        assert "MemoryError" in err
        assert data or re.search(r"^cslots audit: .*memory", err, re.M)

    def test_ctrl_c_still_reports(self, script):  # noqa: F811
        code, _, err, data = self.check(script, THINGS + "raise KeyboardInterrupt\n")
        assert code == -2
        assert "The program was interrupted; what was alive then is counted." in err
        assert thing(data)["objects"] == 40_000

    def test_fail_over(self, script):  # noqa: F811
        assert self.check(script, THINGS, "--fail-over", "1GB")[0] == 0
        code, _, err, _ = self.check(script, THINGS, "--fail-over", "1MB")
        assert code == 3
        assert re.search(
            r"^cslots audit: [\d.]+ MB can be saved, more than the 1.0 MB of --fail-over$",
            err,
            re.M,
        )
        assert self.check(script, THINGS + "sys.exit(5)\n", "--fail-over", "1MB")[0] == 5

    def test_output_goes_into_a_file(self, script):  # noqa: F811
        _, _, err, _ = self.check(script, THINGS, "--output", "report.txt")
        assert err == ""
        assert "__main__.Thing" in (script.folder / "report.txt").read_text(encoding="utf-8")

    def test_the_proof_is_what_was_predicted(self, script):  # noqa: F811
        _, _, err, data = self.check(script, THINGS, "--prove")
        proof = thing(data)["proof"]
        assert set(proof["forms"]) == {"now", "slots", "struct", "tight", "pool"}
        for name, form in proof["forms"].items():
            assert form["measured"] == pytest.approx(form["predicted"], rel=0.1), name
        assert "measured, bytes an object of 100,000" in " ".join(err.split())

    @pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
    def test_children_are_counted(self, script, method):  # noqa: F811
        source = f"""
            import multiprocessing
            class Thing:
                def __init__(self, k): self.x = k * 1.5
            kept = []
            def work(n):
                kept.extend(Thing(k) for k in range(n))
            if __name__ == '__main__':
                context = multiprocessing.get_context({method!r})
                children = [context.Process(target=work, args=(5000 + k,)) for k in range(2)]
                for child in children: child.start()
                for child in children: child.join()
                print([child.exitcode for child in children])
        """
        code, out, _, data = self.check(script, source, "--children")
        assert (code, out) == (0, "[0, 0]\n")
        counts = [
            row["objects"]
            for child in data["children"]
            for row in child["classes"]
            if row["name"].endswith(".Thing")
        ]
        assert sorted(counts) == [5000, 5001]


class TestDiff:
    def test_two_reports(self, report, tmp_path, capsys):
        after = json.loads(json.dumps(report))
        row = thing(after)
        row["now"] += 5_000_000
        row["objects"] *= 2
        after["total"]["now"] += 5_000_000
        after["classes"].append(dict(row, name="fresh.Class", now=1000, objects=10))
        found = diff.compare(report, after)
        assert found["classes"][0]["name"] == "__main__.Thing"
        assert [r["status"] for r in found["classes"][:2]] == ["grew", "new"]
        files = []
        for name, data in (("a.json", report), ("b.json", after)):
            files.append(str(tmp_path / name))
            (tmp_path / name).write_bytes(schema.dumps(data))
        assert cli.main(["audit", "--diff", *files]) == 0
        out = capsys.readouterr().out
        assert re.search(r"__main__.Thing +80,000 +\+40,000", out)
        assert "The classes grew by 5.0 MB." in out
        assert cli.main(["audit", "--diff", *files, "--fail-over", "1MB"]) == 3
        assert cli.main(["audit", "--diff", files[1], files[0], "--fail-over", "1MB"]) == 0
        capsys.readouterr()

    def test_nothing_changed(self, report):
        assert "No class changed." in diff.render(diff.compare(report, report))


class TestHtml:
    def test_it_needs_nothing_from_elsewhere(self, report):
        page = html.page(report).decode()
        assert page.startswith("<!doctype html>")
        assert not re.search(r"https?://|<script|<link|@import|url\(", page)
        assert 'name="viewport"' in page

    def test_it_says_everything_in_words(self, report):
        page = html.page(report).decode()
        for text in ("__main__.Thing", "class Thing(cslots.Struct):", "resident =", "sure: high"):
            assert text in page
        for bar in re.findall(r'<div class="bar"[^>]*>', page):
            assert "aria-label=" in bar

    def test_every_tag_is_closed_and_text_is_escaped(self, report):
        from html.parser import HTMLParser

        evil = json.loads(json.dumps(report))
        row = thing(evil)
        row["name"] = "<script>alert('x')</script>"
        row["attributes"]["</i>&\ud800"] = row["attributes"].pop("name")
        row["reasons"].append(
            {"code": "x", "level": "care", "text": "<b>", "forms": ["slots"], "where": []}
        )
        stack = []

        class Checker(HTMLParser):
            def handle_starttag(self, tag, attrs):
                assert tag != "script"
                if tag not in ("meta", "br"):
                    stack.append(tag)

            def handle_endtag(self, tag):
                assert stack.pop() == tag

        Checker().feed(html.page(evil).decode())
        assert stack == []

    def test_a_notebook_shows_it(self):
        kept = [cslots.field() for _ in range(10)]
        shown = cslots.audit()._repr_html_()
        assert kept and shown.startswith('<div class="csa">') and shown.endswith("</div>")
        assert "<html" not in shown

    @pytest.mark.skipif(
        not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
        reason="no Chromium",
    )
    @pytest.mark.parametrize("width", [360, 1200])
    def test_a_browser_draws_it(self, report, tmp_path, width):
        browser = next(
            filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
        )
        (tmp_path / "page.html").write_bytes(html.page(report))
        # A frame of that width: headless windows have a least width of their own.
        frame = (
            '<body style="margin:0"><iframe id="f" src="page.html" '
            f'style="border:0;width:{width}px;height:3000px"></iframe>'
        )
        frame += '<pre id="out"></pre><script>'
        frame += (
            "onload = () => { const d = "
            "document.getElementById('f').contentDocument.documentElement; "
        )
        frame += "document.getElementById('out').textContent = "
        frame += (
            "`scroll ${d.scrollWidth} client ${d.clientWidth} height ${d.scrollHeight}`; }</script>"
        )
        (tmp_path / "frame.html").write_text(frame, encoding="utf-8")
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--allow-file-access-from-files",
            f"--user-data-dir={tmp_path / 'profile'}",
        ]
        command = [
            browser,
            *flags,
            "--virtual-time-budget=3000",
            "--dump-dom",
            (tmp_path / "frame.html").as_uri(),
        ]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=120
        )
        found = re.search(r"scroll (\d+) client (\d+) height (\d+)", done.stdout)
        assert found, done.stdout[-500:]
        assert int(found[1]) <= int(found[2]), "nothing sticks out at the side"
        picture = tmp_path / "page.png"
        command = [
            browser,
            *flags,
            f"--window-size={width},2000",
            f"--screenshot={picture}",
            (tmp_path / "page.html").as_uri(),
        ]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 10_000


class TestCall:
    def test_from_inside(self):
        class Local:
            def __init__(self, x):
                self.x = x

        count = 200_000  # more memory than what pytest knows of all tests together
        kept = [Local(k * 1.5) for k in range(count)]
        found = cslots.audit(top=3)
        assert kept and isinstance(found.saves, int)
        assert any(
            row["name"].endswith("Local") and row["objects"] == count for row in found.classes
        )
        assert "Local" in str(found) == repr(found)

    def test_files(self, tmp_path):
        found = cslots.audit()
        found.save_json(tmp_path / "a.json")
        found.save_html(tmp_path / "a.html")
        assert schema.load(str(tmp_path / "a.json"))["at"] == "call"
        assert (tmp_path / "a.html").read_bytes().startswith(b"<!doctype")

    @pytest.mark.parametrize("top", [0, -1, 1.5, "3", True])
    def test_a_wrong_top(self, top):
        with pytest.raises(
            ValueError, match=r"^audit\(\): top expects a whole number of at least 1, got"
        ):
            cslots.audit(top=top)

    def test_wrong_classes(self):
        with pytest.raises(TypeError, match=r"^audit\(\): classes expects classes, got int 5$"):
            cslots.audit(classes=[5])

    def test_it_is_exported(self):
        assert "audit" in cslots.__all__ and callable(cslots.audit)


def test_the_text_fits_its_width(report):
    for width in (90, 100, 120):
        long = [
            line
            for line in table.render(report, width=width).splitlines()
            if len(line) > width and "# __main__" not in line
        ]
        assert not long, long


def test_it_is_plain_without_rich_and_styled_with(report):
    plain = table.render(report)
    assert "\x1b" not in plain
    pytest.importorskip("rich")
    styled = table.render(report, colour=True)
    assert "\x1b[" in styled or os.environ.get("NO_COLOR")
    assert "__main__.Thing" in styled
