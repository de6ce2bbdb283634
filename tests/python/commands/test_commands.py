"""`cslots demo` and `cslots bench`: what they print and write, and how they refuse.

Never a timing.
"""

import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys

import pytest

pytest.importorskip("cslots")

from cslots._cli import main as cli
from cslots._cli.parser import positive
from cslots._measure import (
    bench,
    bench_text,
    chart,
    comparisons,
    demo,
    demo_text,
    host,
    imports,
    output,
    page,
    pool_report,
    run,
    table,
)
from cslots._measure.contestants import CONTESTANTS, Contestant
from cslots._measure.progress import Quiet, progress
from cslots._measure.workloads import GAME_ENTITY, TICK, USER, WORKLOADS

TINY = 50
TINY_POOLS = pool_report.Scale(memory=TINY, rows=100, collected=TINY, largest=20_000, samples=3)
LINUX = sys.platform.startswith("linux")
needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="needs matplotlib"
)


def start(*arguments, **settings):
    # The package that this test imported, wherever the command is started from.
    source = (
        f"import sys; sys.path[:] = {sys.path!r}\nfrom cslots._cli.main import main\n"
        f"sys.exit(main({list(arguments)!r}))"
    )
    return subprocess.Popen(
        [sys.executable, "-P", "-c", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **settings,
    )


def command(*arguments, timeout=300, **settings):
    with start(*arguments, **settings) as child:
        stdout, stderr = child.communicate(timeout=timeout)
    return child.returncode, stdout, stderr


def broken(source, label="broken"):
    return Contestant("broken", label, "", lambda w, value: source)


@pytest.fixture
def few(monkeypatch):
    """Only a few classes, so that a run is short; -> a function that says which."""

    def use(*contestants):
        chosen = {c.id: c for c in contestants}
        for module in (demo, bench, run):
            monkeypatch.setattr(
                module, "CONTESTANTS", {**CONTESTANTS, **chosen} if module is run else chosen
            )
        monkeypatch.setattr("cslots._measure.contestants.CONTESTANTS", chosen)
        monkeypatch.setattr(demo, "ROUNDS", 1)
        monkeypatch.setattr(run, "GC_SAMPLES", 2)
        return chosen

    return use


@pytest.fixture(scope="module")
def demo_report():
    """One report of all classes, made of very few objects."""
    patch = pytest.MonkeyPatch()
    patch.setattr(demo, "ROUNDS", 1)
    patch.setattr(demo, "LOOP_SAMPLES", 3)
    patch.setattr(run, "GC_SAMPLES", 2)
    report = demo.measure(TINY, Quiet())
    patch.undo()
    return report


@pytest.fixture(scope="module")
def bench_report():
    patch = pytest.MonkeyPatch()
    patch.setattr(run, "GC_SAMPLES", 2)
    chosen = [CONTESTANTS[name] for name in ("plain", "slots", "tuple", "struct-packed")]
    selection = bench.Selection(chosen, list(bench.GROUPS), list(WORKLOADS.values()))
    report = bench.measure(selection, bench.Scale(TINY, 100, 3, 1, 2, TINY_POOLS), Quiet())
    patch.undo()
    return report


class TestCommandLine:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                [],
                "cslots: no command given (commands: demo, bench, audit, report); cslots --help "
                "says more",
            ),
            (
                ["dmo"],
                "cslots: unknown command 'dmo'; did you mean 'demo'? (commands: demo, bench, "
                "audit, report)",
            ),
            (["zzz"], "cslots: unknown command 'zzz' (commands: demo, bench, audit, report)"),
            (["--hlp"], "cslots: unknown option '--hlp' (commands: demo, bench, audit, report)"),
            (
                ["demo", "-n", "0"],
                "cslots demo: -n/--objects: expected a whole number of at least 1, got '0'",
            ),
            (
                ["demo", "-n", "-5"],
                "cslots demo: -n/--objects: expected a whole number of at least 1, got '-5'",
            ),
            (
                ["demo", "-n", "abc"],
                "cslots demo: -n/--objects: expected a whole number of at least 1, got 'abc'",
            ),
            (
                ["demo", "-n", "1.5"],
                "cslots demo: -n/--objects: expected a whole number of at least 1, got '1.5'",
            ),
            (["demo", "-n"], "cslots demo: -n/--objects: expected one argument"),
            (["demo", "--jsn"], "cslots demo: unknown option '--jsn'; did you mean '--json'?"),
            (["demo", "more"], "cslots demo: unknown argument 'more'"),
            (
                ["bench", "--groups", "mem"],
                "cslots bench: --groups: unknown 'mem'; did you mean 'memory'? (known: ",
            ),
            (
                ["bench", "--only", "slot"],
                "cslots bench: --only: unknown 'slot'; did you mean 'slots'? (known: ",
            ),
            (["bench", "--only", ","], "cslots bench: --only: the list is empty (known: plain, "),
            (["bench", "--workloads", "W9"], "cslots bench: --workloads: unknown 'W9'"),
            (["bench", "--quick", "--long"], "cslots bench: --long and --quick: give one of them"),
        ],
    )
    def test_a_wrong_command_line_is_one_clear_line_and_exit_2(self, capsys, arguments, message):
        assert cli.main(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(message)
        assert err.count("\n") == 1

    @pytest.mark.parametrize("name", ["check", "convert"])
    def test_commands_of_a_later_version_are_not_there(self, capsys, name):
        assert cli.main([name]) == 2
        assert f"unknown command '{name}'" in capsys.readouterr().err

    def test_an_endless_number_is_refused_without_a_traceback(self, capsys):
        assert cli.main(["demo", "-n", "9" * 5000]) == 2
        assert capsys.readouterr().err.count("\n") == 1

    @pytest.mark.parametrize(
        "arguments", [["--help"], ["-h"], ["help"], ["demo", "--help"], ["bench", "-h"]]
    )
    def test_help_goes_to_stdout(self, capsys, arguments):
        assert cli.main(arguments) == 0
        out, err = capsys.readouterr()
        assert "demo" in out or "bench" in out
        assert err == ""

    def test_version(self, capsys):
        assert cli.main(["--version"]) == 0
        assert re.fullmatch(r"cslots \S+|cslots \(not installed\)", capsys.readouterr().out.strip())

    def test_numbers_may_have_separators(self):
        assert positive("1_000_000") == positive("1,000,000") == 1_000_000

    def test_list_measures_nothing(self, capsys):
        assert cli.main(["bench", "--list"]) == 0
        out = capsys.readouterr().out
        assert all(name in out for name in (*CONTESTANTS, *bench.GROUPS, *WORKLOADS))

    def test_import_of_the_package_leaves_the_commands_alone(self):
        source = (
            f"import sys; sys.path[:] = {sys.path!r}; import cslots\n"
            "print([m for m in sys.modules if m == 'argparse' or m.startswith(('cslots._cli', "
            "'cslots._measure'))])"
        )
        result = subprocess.run(
            [sys.executable, "-P", "-c", source], capture_output=True, text=True
        )
        assert result.stdout.strip() == "[]", result.stderr

    @pytest.mark.skipif(not LINUX, reason="free memory is known on Linux")
    def test_more_objects_than_memory_are_refused_before_measuring(self, capsys):
        assert cli.main(["demo", "-n", "10" + "0" * 12]) == 1
        err = capsys.readouterr().err
        assert re.fullmatch(
            r"cslots: -n 10000000000000: needs about [\d,.]+ GB, [\d,.]+ GB are free\n", err
        )


class TestFiles:
    @pytest.fixture(autouse=True)
    def nothing_is_measured(self, monkeypatch):
        monkeypatch.setattr(
            demo, "measure", lambda *_: pytest.fail("measured before the files were checked")
        )

    def refused(self, capsys, *arguments):
        assert cli.main(["demo", "-q", *map(str, arguments)]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("cslots: ")
        assert err.count("\n") == 1
        return err

    def test_an_existing_file_is_kept(self, capsys, tmp_path):
        file = tmp_path / "kept.html"
        file.write_text("mine")
        assert "exists; give another name, or --force to write over it" in self.refused(
            capsys, "--html", file
        )
        assert file.read_text() == "mine"

    def test_a_dangling_link_counts_as_existing(self, capsys, tmp_path):
        link = tmp_path / "link.html"
        link.symlink_to(tmp_path / "nowhere.html")
        assert "exists" in self.refused(capsys, "--html", link)

    def test_a_directory_is_refused(self, capsys, tmp_path):
        assert "is a directory" in self.refused(capsys, "--html", tmp_path, "--force")

    def test_a_missing_directory_is_named(self, capsys, tmp_path):
        assert "there is no directory" in self.refused(
            capsys, "--html", tmp_path / "no" / "page.html"
        )

    def test_an_empty_name_is_refused(self, capsys):
        assert "name of the file to write is empty" in self.refused(capsys, "--html", "")

    @pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs a device file")
    def test_a_device_is_not_replaced(self, capsys):
        assert "is not a regular file" in self.refused(capsys, "--html", "/dev/null", "--force")

    @needs_matplotlib
    def test_one_file_for_two_pictures_is_refused(self, capsys, tmp_path):
        assert "named twice" in self.refused(
            capsys, "--png", tmp_path / "a", "--svg", tmp_path / "a"
        )

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
    )
    def test_a_folder_without_permission_is_refused(self, capsys, tmp_path):
        tmp_path.chmod(0o500)
        assert "cannot be written" in self.refused(capsys, "--html", tmp_path / "page.html")

    def test_a_read_only_file_system_is_refused(self, capsys, tmp_path, monkeypatch):
        monkeypatch.setattr(output, "_can_create", lambda folder: False)
        assert "cannot be written" in self.refused(capsys, "--html", tmp_path / "page.html")

    @pytest.mark.parametrize("kind", ["png", "svg"])
    def test_a_picture_without_matplotlib_says_what_to_install(
        self, capsys, tmp_path, monkeypatch, kind
    ):
        monkeypatch.setattr("cslots._measure.picture.available", lambda: False)
        err = self.refused(capsys, f"--{kind}", tmp_path / "a")
        assert (
            err == f"cslots: --{kind} needs matplotlib: pip install 'cslots[plot]' (--html works "
            "without)\n"
        )


class TestWriting:
    def test_a_file_that_appears_meanwhile_is_kept(self, tmp_path):
        file = tmp_path / "page.html"
        output.check([str(file)], force=False)
        file.write_text("mine")
        with pytest.raises(output.OutputError, match="exists"):
            output.write(str(file), b"new", force=False)
        assert file.read_text() == "mine"
        assert os.listdir(tmp_path) == ["page.html"]

    def test_force_writes_over_and_leaves_nothing_else(self, tmp_path):
        file = tmp_path / "page.html"
        file.write_text("old")
        output.write(str(file), b"new", force=True)
        assert file.read_text() == "new"
        assert os.listdir(tmp_path) == ["page.html"]

    def test_force_writes_through_a_link(self, tmp_path):
        target, link = tmp_path / "target.html", tmp_path / "link.html"
        target.write_text("old")
        link.symlink_to(target)
        output.write(str(link), b"new", force=True)
        assert link.is_symlink()
        assert target.read_text() == "new"

    def test_a_full_disk_is_an_error_of_one_line(self, tmp_path, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "link", full)
        monkeypatch.setattr(os, "rename", full)
        with pytest.raises(output.OutputError, match="No space left on device"):
            output.write(str(tmp_path / "page.html"), b"new", force=False)
        assert os.listdir(tmp_path) == []


class TestDemoReport:
    def test_the_schema_is_as_documented(self, demo_report):
        report = json.loads(json.dumps(demo_report, allow_nan=False))
        assert report["schema"] == 1
        assert report["command"] == "demo"
        assert report["objects"] == TINY
        assert report["small_game_objects"] == 10_000
        assert set(report) == {
            "schema", "command", "versions", "python", "platform", "objects", "small_game_objects",
            "noise", "workloads",
        }  # fmt: skip
        assert set(report["python"]) == {
            "version", "implementation", "compiler", "pgo", "lto", "debug", "free_threaded",
        }  # fmt: skip
        assert set(report["noise"]) == {
            "timings",
            "median_percent",
            "p90_percent",
            "worst_percent",
            "spin_ms",
        }
        assert [w["name"] for w in report["workloads"]] == ["User", "GameEntity"]

    def test_every_class_is_a_row_measured_or_skipped_by_name(self, demo_report):
        for workload in demo_report["workloads"]:
            assert [row["id"] for row in workload["results"]] == [
                c.id for c in CONTESTANTS.values() if c.demo
            ]
            for row in workload["results"]:
                assert row["status"] in ("ok", "skipped"), row
                if row["status"] == "skipped":
                    assert row["reason"].endswith(("is not installed", "is not built here"))

    def test_a_measured_row_has_all_figures(self, demo_report):
        for workload in demo_report["workloads"]:
            for row in workload["results"]:
                if row["status"] == "skipped":
                    continue
                assert row["bytes"] >= 0
                assert row["gc_ms"] > 0
                assert set(row["saved_percent"]) == {"plain", "slots"}
                made = (
                    set() if row["id"] == "pool" else {"construct_positional", "construct_keyword"}
                )
                assert made | {"method"} <= set(row["ns"])
                assert set(row["ns"]) == set(row["clock_ns"]) == set(row["clock_slots_ns"])
                assert all(ns >= 0 for ns in row["ns"].values())

    def test_the_small_game_is_measured_with_its_own_objects(self, demo_report):
        for workload in demo_report["workloads"]:
            for row in workload["results"]:
                if row["status"] == "ok":
                    assert (row["small_game_mb"] is not None) == (workload["id"] == "W2")
                    # 10,000 objects of several fields cannot be under 0.2 MB, nor above 10.
                    assert workload["id"] != "W2" or 0.2 < row["small_game_mb"] < 10

    @pytest.mark.skipif("struct-packed" not in CONTESTANTS, reason="needs cslots")
    def test_our_forms_are_measured(self, demo_report):
        for workload in demo_report["workloads"]:
            rows = {row["id"]: row for row in workload["results"]}
            assert (
                rows["struct"]["status"]
                == rows["struct-packed"]["status"]
                == rows["pool"]["status"]
                == "ok"
            )

    def test_a_pool_is_a_row_without_construction(self, demo_report):
        for workload in demo_report["workloads"]:
            pool = next(row for row in workload["results"] if row["id"] == "pool")
            assert not any(name.startswith("construct") for name in pool["ns"])
            assert {"method", f"read_{workload['main']}", f"write_{workload['main']}"} <= set(
                pool["ns"]
            )

    def test_every_row_shows_the_class_it_measured(self, demo_report):
        for workload in demo_report["workloads"]:
            assert all(workload["name"] in row["source"] for row in workload["results"])

    def test_progress_is_told_as_often_as_promised(self, few):
        few(CONTESTANTS["plain"], CONTESTANTS["slots"])
        told = []

        class Told:
            def step(self, doing):
                told.append(doing)

        demo.measure(TINY, Told())
        assert len(told) == demo.steps() == 8
        assert told[0] == f"User as plain class: memory of {TINY}"


class TestShown:
    @pytest.fixture(params=["rich", "plain"])
    def how(self, request, monkeypatch):
        if request.param == "plain":
            monkeypatch.setattr(table, "_has_rich", lambda: False)
        else:
            pytest.importorskip("rich")
        monkeypatch.setenv("NO_COLOR", "1")
        return request.param

    def test_the_demo_fits_80_columns_and_names_every_class(self, demo_report, capsys, how):
        demo_text.show(demo_report)
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert all(len(line.rstrip()) <= 80 for line in out.splitlines())
        for row in demo_report["workloads"][0]["results"]:
            assert row["label"] in out
        assert "User(name, age, email)" in out
        assert "Noise" in out

    def test_the_bench_fits_80_columns_and_shows_every_group(self, bench_report, capsys, how):
        bench_text.show(bench_report)
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert all(len(line.rstrip()) <= 80 for line in out.splitlines())
        assert all(title in out for title in bench_text.TITLES.values())
        assert "ms over a bare python" in out

    def test_figures_stand_at_the_right_of_their_column(self, demo_report, how, capsys):
        report = json.loads(json.dumps(demo_report))
        figures = {"plain": 1234.5, "slots": 64.0}  # what so few objects take is a matter of chance
        for row in report["workloads"][0]["results"]:
            row["bytes"] = figures.get(row["id"], 0.0)
        demo_text.show(report)
        lines = [
            line
            for line in capsys.readouterr().out.splitlines()
            if line.startswith(("plain class", "__slots__"))
        ]
        ends = [
            re.match(rf"\S+(?: class)? +{figure}(?= )", line).end()
            for figure, line in zip(("1,234.5", "64.0"), lines[:2], strict=True)
        ]
        assert len(set(ends)) == 1

    def test_bars_are_hashes_where_blocks_cannot_be_encoded(self, monkeypatch):
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
        assert table.bar(5, 10, 10) == "#####"
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        assert table.bar(5, 10, 10) == "█████"

    @pytest.mark.parametrize("value", [None, 0, -1])
    def test_nothing_has_no_bar(self, value):
        assert table.bar(value, 10, 10) == ""
        assert table.bar(1, 0, 10) == ""

    def test_the_page_needs_no_network_and_no_script(self, demo_report):
        text = page.render(demo_report).decode()
        assert text.startswith("<!doctype html>")
        assert '<meta name="viewport"' in text
        assert "<svg" in text
        assert not re.search(r"https?://|<script|<link|@import|url\(", text)
        assert "bytes an object" in text

    def test_nothing_measurable_is_shown_in_words(self, demo_report, capsys, how):
        """A few objects can fit into memory that is there already: each class takes 0 bytes."""
        report = json.loads(json.dumps(demo_report))
        for workload in report["workloads"]:
            for row in workload["results"]:
                if row["status"] == "ok":
                    row.update(bytes=0.0, gc_ms=0.0, saved_percent={"plain": None, "slots": None})
                    row["ns"] = dict.fromkeys(row["ns"], 0.0)
        text = page.render(report).decode()
        assert (
            f"bytes an object (resident memory, values included): nothing to draw, {TINY} objects "
            "are too few" in text
        )
        assert text.count("nothing to draw") == 3 * len(report["workloads"])
        assert "<svg" not in text
        demo_text.show(report)
        assert "With so few objects, pages of 4 KiB blur the bytes" in " ".join(
            capsys.readouterr().out.split()
        )

    def test_the_page_escapes_what_it_shows(self, demo_report):
        report = json.loads(json.dumps(demo_report))
        report["workloads"][0]["results"][0].update(status="failed", reason="<b>&")
        assert "<b>&" not in page.render(report).decode()

    def test_an_svg_chart_is_well_formed(self):
        from xml.dom.minidom import parseString

        svg = chart.bars(
            "a <b>", "bytes & more", [("x < y", 10.0, "10 B", True), ("z", 0.0, "0 B", False)]
        )
        document = parseString(svg)
        assert len(document.getElementsByTagName("rect")) == 2
        assert chart.bars("none", "bytes", []) == ""

    @pytest.mark.parametrize(
        ("largest", "step"), [(224.8, 100), (40, 10), (9, 5), (0.7, 0.2), (1e-3, 5e-4)]
    )
    def test_ticks_of_a_chart_are_round(self, largest, step):
        assert chart.tick_step(largest) == pytest.approx(step)

    @needs_matplotlib
    @pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
    def test_a_picture_is_drawn(self, demo_report, kind, magic):
        from cslots._measure import picture

        assert picture.render(demo_report, kind).startswith(magic)
        nothing = json.loads(json.dumps(demo_report))
        for row in nothing["workloads"][0]["results"]:
            row["bytes"] = 0.0
        assert picture.render(nothing, kind).startswith(magic)

    def test_noise_without_a_timing_is_said(self):
        assert host.describe_noise({"noise": host.noise([], [])}) == "Noise: nothing was timed."


class TestFailures:
    """A class that cannot be measured is a named row; the rest goes on."""

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
            ("raise RuntimeError('not today')", "RuntimeError: not today"),
            ("import os; os.abort()", "the measuring process died: SIGABRT"),
            (
                "import os; os.kill(os.getpid(), 9)",
                "the measuring process died: SIGKILL (out of memory?)",
            ),
            ("import os; os._exit(3)", "the measuring process ended with exit code 3"),
            ("import os; os._exit(0)", "the measuring process ended with exit code 0"),
            ("raise MemoryError", "not enough memory for 50 objects"),
            ("x = (", "SyntaxError: '(' was never closed"),
            ("class Other: pass", "KeyError: 'User'"),
            (
                "class User:\n    def __init__(self): pass",
                "TypeError: User.__init__() takes 1 positional argument",
            ),
        ],
    )
    def test_a_class_that_fails_gives_a_reason(self, source, reason):
        c = broken(source)
        with run.Rival(USER, TINY) as rival:
            memory = run.measure_memory(run.job(c, USER, "memory", objects=TINY), rival)
        assert memory["status"] == "failed"
        assert memory["reason"].startswith(reason)
        work = run.job(
            c,
            USER,
            "speed",
            measures=["method"],
            reference=run.reference(USER),
            samples=2,
            objects=TINY,
        )
        speed = run.measure_speed(work, 2)
        assert speed["status"] == "failed"
        assert speed["reason"].startswith(reason)

    def test_a_class_that_prints_is_measured_all_the_same(self):
        c = broken(
            "print('noise')\nimport os\nos.write(1, b'more')\n"
            + CONTESTANTS["plain"].source(USER, False)
        )
        with run.Rival(USER, TINY) as rival:
            assert (
                run.measure_memory(run.job(c, USER, "memory", objects=TINY), rival)["status"]
                == "ok"
            )

    def test_a_class_that_hangs_is_given_up(self):
        c = broken("import time; time.sleep(60)")
        work = run.job(c, USER, "speed", measures=["method"], reference=None, samples=2)
        assert run.measure(work, timeout=0.5) == {
            "status": "failed",
            "reason": "no answer after 0 s",
        }

    def test_a_python_that_does_not_start_is_a_reason(self, monkeypatch):
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        result = run.measure(
            run.job(CONTESTANTS["plain"], USER, "speed", measures=[], reference=None, samples=2)
        )
        assert result["reason"] == "cannot start /nowhere/python: No such file or directory"

    def test_the_other_rows_go_on_and_the_exit_code_tells(self, few, capsys):
        few(
            CONTESTANTS["plain"],
            broken("import os; os.abort()", "crashing class"),
            CONTESTANTS["slots"],
        )
        assert cli.main(["demo", "-n", str(TINY), "-q"]) == 1
        out, err = capsys.readouterr()
        assert re.search(r"crashing class +failed", out)
        assert "Failed: User as crashing class: the measuring process died: SIGABRT" in " ".join(
            out.split()
        )
        assert err.startswith(
            "cslots: could not measure 2 of the classes: User as crashing class: "
        )
        assert err.count("\n") == 1
        assert "plain class" in out

    def test_a_failed_row_is_in_the_json(self, few, capsys):
        few(CONTESTANTS["slots"], broken("import no_such_module"))
        assert cli.main(["demo", "-n", str(TINY), "-q", "--json"]) == 1
        report = json.loads(capsys.readouterr().out)
        row = report["workloads"][0]["results"][1]
        assert (row["id"], row["status"]) == ("broken", "failed")
        assert row["reason"] == "ModuleNotFoundError: No module named 'no_such_module'"

    def test_even_slots_may_fail(self, few, capsys):
        few(
            CONTESTANTS["plain"],
            CONTESTANTS["slots"]._replace(source=lambda w, value: "import os; os.abort()"),
        )
        assert cli.main(["demo", "-n", str(TINY), "-q"]) == 1
        capsys.readouterr()

    def test_what_is_not_installed_is_skipped_by_name(self, few, capsys):
        missing = CONTESTANTS["attrs"]._replace(needs="no_such_module")
        few(CONTESTANTS["plain"], CONTESTANTS["slots"], missing)
        assert cli.main(["demo", "-n", str(TINY), "-q"]) == 0
        assert "Skipped: attrs (no_such_module is not installed)." in capsys.readouterr().out

    def test_a_module_that_cannot_be_imported_is_a_failed_import(self):
        bare, rows = imports.measure(["no_such_module", "json"], 1)
        assert bare > 0
        assert rows[0] == {
            "module": "no_such_module",
            "status": "failed",
            "reason": "ModuleNotFoundError: No module named 'no_such_module'",
        }
        assert rows[1]["status"] == "ok"


class TestBench:
    def test_the_schema_is_as_documented(self, bench_report):
        report = json.loads(json.dumps(bench_report, allow_nan=False))
        assert report["schema"] == 1
        assert report["command"] == "bench"
        assert report["groups"] == list(bench.GROUPS)
        assert [w["id"] for w in report["workloads"]] == ["W1", "W2", "W3"]
        for workload in report["workloads"]:
            for row in workload["results"]:
                assert row["status"] == "ok", row
                for name, cell in row["figures"].items():
                    assert {"value", "unit", "slots", "ratio"} <= set(cell), name

    @pytest.mark.parametrize("identity", ["plain", "slots", "struct-packed"])
    def test_a_full_class_has_every_figure(self, bench_report, identity):
        for workload in bench_report["workloads"]:
            row = next(row for row in workload["results"] if row["id"] == identity)
            expected = {
                m for g in bench.GROUPS for m in bench.measures(g, WORKLOADS[workload["id"]])
            }
            assert set(row["figures"]) == expected | {"memory", "gc"}

    def test_what_a_class_cannot_do_is_left_out(self, bench_report):
        for workload in bench_report["workloads"]:
            figures = next(row["figures"] for row in workload["results"] if row["id"] == "tuple")
            assert not {"method", "construct_keyword"} & set(figures)
            assert not any(name.startswith("write") for name in figures)
            assert {"eq", "hash", "pickle_dumps"} <= set(figures)

    def test_only_and_groups_choose_and_slots_is_always_there(self, capsys):
        arguments = [
            "--only",
            "tuple",
            "--groups",
            "eq,memory",
            "--workloads",
            "W3",
            "--quick",
            "-n",
            str(TINY),
        ]
        assert cli.main(["bench", *arguments, "--json", "-q"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["groups"] == ["memory", "eq"]
        assert report["imports"] is None
        assert [w["id"] for w in report["workloads"]] == ["W3"]
        assert [row["id"] for row in report["workloads"][0]["results"]] == ["slots", "tuple"]
        assert set(report["workloads"][0]["results"][1]["figures"]) == {"memory", "eq"}

    def test_pools_are_measured_beside_lists_and_arrays(self, bench_report):
        pool = json.loads(json.dumps(bench_report["pool"], allow_nan=False))
        assert pool["failed"] == []
        assert [row["workload"] for row in pool["memory"]] == ["W1", "W2", "W3"]
        # Only users have texts.
        assert [row["bytes_compacted"] is None for row in pool["memory"]] == [
            False,
            True,
            True,
        ]
        assert [row["rows"] for row in pool["growth"]] == [10_000, 20_000]
        figures = {(row["id"], row["workload"]): row for row in pool["figures"]}
        assert {"loop", "loop_large", "index", "append", "gc"} <= {name for name, _ in figures}
        assert {name for name, _ in figures} <= set(pool_report.LABELS)
        assert set(figures["loop", "W2"]["against"]) == {"slots", "struct"}
        for workload in ("W1", "W2", "W3"):
            assert {"pickle_dumps", "pickle_loads"} <= {
                name for name, of in figures if of == workload
            }
        for row in figures.values():
            assert set(row) == {
                "id",
                "workload",
                "rows",
                "label",
                "value",
                "unit",
                "against",
                "ratios",
                "spread",
            }
            assert set(row["ratios"]) == set(row["against"])

    def test_pools_can_be_left_out_or_measured_alone(self, capsys):
        assert (
            cli.main(
                [
                    "bench",
                    "--groups",
                    "eq",
                    "--only",
                    "tuple",
                    "--workloads",
                    "W3",
                    "--quick",
                    "-n",
                    "10",
                    "--json",
                    "-q",
                ]
            )
            == 0
        )
        assert json.loads(capsys.readouterr().out)["pool"] is None
        assert (
            cli.main(
                ["bench", "--groups", "pool", "--workloads", "W3", "--quick", "-n", "100", "-q"]
            )
            == 0
        )
        out = capsys.readouterr().out
        assert "Pool: bytes a row" in out
        assert "User" not in out

    def test_the_progress_of_pools_is_told_as_often_as_promised(self):
        told = []

        class Told:
            def step(self, doing):
                told.append(doing)

        pool_report.measure([TICK], TINY_POOLS, Told(), [])
        assert len(told) == pool_report.steps([TICK]) == 5

    def test_a_pool_that_cannot_be_measured_is_named(self, monkeypatch):
        broken_pool = CONTESTANTS["pool"]._replace(source=lambda w, value: "import os; os.abort()")
        monkeypatch.setattr(pool_report, "CONTESTANTS", {**CONTESTANTS, "pool": broken_pool})
        report = pool_report.measure([TICK], TINY_POOLS, Quiet(), [])
        assert [row["id"] for row in report["failed"]] == [
            "pool-memory",
            "pool-speed",
            "pool-gc",
            "pool-pickle",
            "pool-growth",
        ]
        assert (
            pool_report.failures(report)[0]
            == "W3 as a Pool (pool-memory): the measuring process died: SIGABRT"
        )
        monkeypatch.setattr(
            pool_report, "CONTESTANTS", {"pool": broken_pool._replace(needs="no_such_module")}
        )
        assert (
            pool_report.measure([TICK], TINY_POOLS, Quiet(), [])["skipped"]
            == "no_such_module is not installed"
        )

    def test_imports_alone_need_no_class(self, capsys):
        assert cli.main(["bench", "--groups", "import", "--quick", "-q"]) == 0
        assert "bare python" in capsys.readouterr().out


class TestComparisons:
    """The group `dataclass`."""

    def test_every_pair_has_every_figure(self, bench_report):
        rows = json.loads(json.dumps(bench_report, allow_nan=False))["comparisons"]
        assert [row["id"] for row in rows] == [c.id for c in comparisons.COMPARISONS]
        for row, c in zip(rows, comparisons.COMPARISONS, strict=True):
            assert row["status"] == "ok", row
            assert set(row["figures"]) == {*c.measures, *(["memory"] if c.memory else [])}
            for name, cell in row["figures"].items():
                assert {"value", "other", "unit", "ratio"} <= set(cell), name

    @pytest.mark.parametrize("c", comparisons.COMPARISONS, ids=lambda c: c.id)
    def test_both_classes_of_a_pair_have_the_same_fields(self, c):
        values = [
            eval(f.value, {"i": 1234, "SYMBOLS": [f"SYM{k:03d}" for k in range(500)]})
            for f in c.workload.fields
        ]
        shown = set()
        for way in (c.ours, c.theirs):
            scope = {"__name__": "measured"}
            exec(way.source(c.workload, False), scope)
            cls = scope[c.workload.name]
            if "decorate" in c.measures:
                cls = cls.decorate(cls.make())
            made = cls(*values)
            assert [getattr(made, name) for name in c.workload.field_names] == values
            shown.add(repr(made).partition("(")[2])
        assert len(shown) == 1

    def test_the_table_names_both(self, bench_report, capsys):
        table.show(bench_text.comparison_table(bench_report))
        out = capsys.readouterr().out
        assert re.search(r"frozen Point\(x, y, z\) +cslots.dataclass +dataclass\(slots\)", out)
        assert re.search(r"decorator alone +\S+ us +\S+ us +\S+", out)

    def test_a_pair_that_fails_is_told(self, bench_report, capsys):
        failed = {**bench_report["comparisons"][0], "status": "failed", "reason": "no such thing"}
        report = {**bench_report, "comparisons": [failed]}
        assert (
            "making a class, cslots.dataclass against dataclass: no such thing"
            in bench.failures(report)
        )
        table.show(bench_text.comparison_table(report))
        assert re.search(r"failed +- +- +-", capsys.readouterr().out)

    def test_without_the_group_there_are_none(self, capsys):
        assert (
            cli.main(
                [
                    "bench",
                    "--groups",
                    "eq",
                    "--only",
                    "slots",
                    "--workloads",
                    "W1",
                    "--quick",
                    "--json",
                    "-q",
                ]
            )
            == 0
        )
        assert json.loads(capsys.readouterr().out)["comparisons"] is None


class TestContestants:
    @pytest.mark.parametrize("identity", list(CONTESTANTS))
    @pytest.mark.parametrize("workload", [USER, GAME_ENTITY, TICK], ids=lambda w: w.name)
    def test_every_source_makes_a_class_that_keeps_its_values(self, identity, workload):
        c = CONTESTANTS[identity]
        if c.missing():
            pytest.skip(c.missing())
        values = [
            eval(f.value, {"i": 1234, "SYMBOLS": [f"SYM{k:03d}" for k in range(500)]})
            for f in workload.fields
        ]
        for by_value in (False, True):
            scope = {"__name__": "measured"}
            exec(c.source(workload, by_value), scope)
            cls = scope[workload.name]
            made = cls(values) if c.style == "index" else cls(*values)
            for k, name in enumerate(workload.field_names):
                assert (made[k] if c.style == "index" else getattr(made, name)) == values[k]
            if by_value:
                again = cls(values) if c.style == "index" else cls(*values)
                assert made == again
                assert hash(made) == hash(again)

    def test_a_written_value_fits_its_field(self):
        for workload in WORKLOADS.values():
            for probe in workload.probes:
                assert eval(workload.write_value(probe), {"SYMBOLS": ["s"] * 500}) is not None


class TestProcess:
    """The command as a process: signals and pipes."""

    @pytest.mark.skipif(not hasattr(signal, "SIGINT") or os.name == "nt", reason="needs signals")
    def test_ctrl_c_ends_quietly_with_130(self):
        with start("demo", "-n", "300000", start_new_session=True) as child:
            # The first line of progress: from here on the command is at work, and so is a child of
            # it.
            assert re.fullmatch(r"\[1/\d+\] User as plain class\n", child.stderr.readline())
            os.killpg(child.pid, signal.SIGINT)
            stdout, stderr = child.communicate(timeout=60)
        assert child.returncode == 130
        assert stdout == ""
        assert all(re.fullmatch(r"\[\d+/\d+\] .*", line) for line in stderr.splitlines())

    @pytest.mark.skipif(os.name == "nt", reason="needs pipes of POSIX")
    def test_a_reader_that_goes_away_is_no_error(self):
        with start("bench", "--list") as child:
            child.stdout.close()
            stderr = child.stderr.read()
            child.wait(60)
        assert child.returncode in (0, 141)
        assert stderr == ""

    def test_brief_lines_tell_the_progress_when_nobody_watches(self, capsys):
        with progress(4) as shown:
            shown.step("User as tuple: memory")
            shown.step("User as tuple: times")
            shown.step("Tick as tuple: memory")
        assert capsys.readouterr().err == "[1/4] User as tuple\n[3/4] Tick as tuple\n"

    def test_quiet_says_nothing(self, capsys):
        with progress(1, quiet=True) as shown:
            shown.step("User as tuple: memory")
        assert capsys.readouterr().err == ""

    def test_a_worker_does_not_import_cslots_for_a_peer(self):
        c = broken("import sys\nassert not any(m == 'cslots' or m.startswith('cslots.') for m in "
                   "sys.modules)\n"
                   + CONTESTANTS["plain"].source(USER, False))  # fmt: skip
        with run.Rival(USER, TINY) as rival:
            assert (
                run.measure_memory(run.job(c, USER, "memory", objects=TINY), rival)["status"]
                == "ok"
            )

    def test_the_files_are_written_beside_the_tables(self, few, tmp_path, capsys):
        few(CONTESTANTS["plain"], CONTESTANTS["slots"])
        file = tmp_path / "page.html"
        assert cli.main(["demo", "-n", str(TINY), "-q", "--html", str(file)]) == 0
        out, err = capsys.readouterr()
        assert err == f"wrote {file}\n"
        assert file.read_bytes().startswith(b"<!doctype html>")
        assert "plain class" in out
