"""What the documents name is there: every link and its anchor, every file, every name of C."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[3]
GENERATED = re.compile(r"build|dist|__pycache__|\..*")
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for path in ROOT.rglob("*.md")
    if not any(GENERATED.fullmatch(part) for part in path.relative_to(ROOT).parts)
)
FOLDERS = ("bench", "binding", "core", "cslots", "docs", "examples", "fuzz", "tests", "tools")


def prose(text):
    """Without blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def links(text):
    return re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "`", prose(text)))


def anchor(heading):
    """As the pages that show Markdown make it: small letters, hyphens for blanks."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text):
    return {anchor(found) for found in re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_link_leads_to_a_file_and_an_anchor_to_a_heading(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    missing = []
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        where, _, heading = link.partition("#")
        target = (ROOT / document).parent / where if where else ROOT / document
        if not target.exists() or (
            heading and heading not in anchors(target.read_text(encoding="utf-8"))
        ):
            missing.append(link)
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_file_that_a_document_names_is_there(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})(?:/[\w.*-]+)+/?", text)
    # A dot at the end ends the sentence.
    assert [name for name in named if not list(ROOT.glob(name.rstrip("./")))] == []


def test_a_file_that_code_names_is_there():
    layers = [path.name for path in (ROOT / "binding").iterdir() if path.is_dir()]
    name = re.compile(
        rf"(?<![\w./<-])(?:{'|'.join([*FOLDERS, *layers])})/[\w/.-]*\.(?:[ch]|def|md|py)\b"
    )
    missing = [
        f"{path.relative_to(ROOT)}: {found}"
        for folder in ("binding", "core", "cslots", "fuzz", "tools")
        for path in sorted((ROOT / folder).rglob("*.*"))
        if path.suffix in (".c", ".h", ".def", ".py", ".pyi", ".sh")
        for found in name.findall(path.read_text(encoding="utf-8"))
        if not any((ROOT / below / found).exists() for below in ("", "binding", "core/include"))
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_name_of_c_that_a_document_names_is_in_the_code(document):
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("binding", "core")
        for path in sorted((ROOT / folder).rglob("*.[chd]*"))
        if path.suffix in (".c", ".h", ".def")
    )
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:cs|CS)_\w+)", text))
    assert named - set(re.findall(r"\b(?:cs|CS)_\w+", code)) == set()


def test_every_page_can_be_reached_from_the_readme():
    reached, ahead = set(), [pathlib.Path("README.md")]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        for link in links((ROOT / page).read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:|#", link):
                target = ((ROOT / page).parent / link.partition("#")[0]).resolve()
                ahead.append(target.relative_to(ROOT))
    assert [page for page in DOCUMENTS if page not in reached] == []


def test_the_readme_of_a_layer_names_each_of_its_files():
    missing = []
    for readme in sorted((ROOT / "binding").glob("*/README.md")):
        named = {
            re.sub(r"\.\S*", "", span) for span in re.findall(r"`([^`]*)`", readme.read_text())
        }
        if readme.parent.name != "census":  # census.h draws who calls whom
            units = {path.stem for path in readme.parent.glob("*.[ch]")}
            missing += [f"{readme.parent.name}/{unit}" for unit in sorted(units - named)]
    assert missing == []
