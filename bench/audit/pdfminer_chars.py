"""The layout of a PDF in pdfminer.six: 200,000 LTChar and more.   pdfminer_chars.py [PAGES]"""

import io
import sys

from pdfminer.high_level import extract_pages

LINES, COLUMNS = 50, 80


def document(pages):
    """A PDF of full pages in Helvetica, written by hand."""
    objects = []

    def add(body):
        objects.append(body)
        return len(objects)

    add(b"<< /Type /Catalog /Pages 2 0 R >>")
    add(b"")  # the tree of pages, when their numbers are known
    font = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    kids = []
    for page in range(pages):
        lines = []
        for k in range(LINES):
            words = "".join(
                chr(97 + (page * 7 + k * 13 + c * 5) % 26) if c % 7 else " " for c in range(COLUMNS)
            )
            lines.append(f"({words}) Tj T*".encode())
        stream = b"BT /F1 9 Tf 10 TL 36 756 Td\n" + b"\n".join(lines) + b"\nET"
        content = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        kids.append(
            add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
                b"/Resources << /Font << /F1 %d 0 R >> >> >>" % (content, font)
            )
        )
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        pages,
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(
        b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    )
    out.seek(0)
    return out


def data(pages=60):
    return list(extract_pages(document(pages)))


if __name__ == "__main__":
    pages = data(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
    print(f"{len(pages):,} pages")
