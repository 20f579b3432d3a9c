"""docs/errors.md lists every error of the library, and every error is tested:

    error_table.py PROJECT

Reads the texts of all check<..>(..), fail<..>(..) and message(..) in include/latent, and fails where one is missing in
the table of docs/errors.md, or stands there with another type or under another header, where a row of the table is no
longer in the code, and where no test expects the text. What is not fixed in a text is <..>, in the table with a name.
"""

import re
import sys
from pathlib import Path

# Texts that no test can provoke, and why.
UNTESTED = {
    "<>: no random number for a temporary name: <>": "the system's source of random numbers would have to fail",
    "<>out of memory": "zlib would have to find no memory",
    "<>: the picture could not be encoded": "stb_image_write would have to find no memory",
}
# Where message(..) makes a report, no error.
REPORTS = "autograd/gradcheck.hpp"

COMMENT_OR_LITERAL = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'", re.DOTALL)
LITERAL = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])+)'")
# `expect` of io/safetensors.hpp is a check that begins with the names of file and tensor.
CALL = re.compile(r"\b(?<!\.)(?:(check|fail)<(\w+)>|(expect|message))\(")


def without_comments(code):
    return COMMENT_OR_LITERAL.sub(lambda m: " " if m[0].startswith("/") else m[0], code)


def arguments(code, begin):
    """The arguments of a call whose parenthesis opens before `begin`."""
    result, depth, last, at = [], 0, begin, begin
    while depth >= 0:
        literal = LITERAL.match(code, at)
        if literal:
            at = literal.end()
            continue
        if code[at] == "," and depth == 0 or code[at] == ")" and depth == 0:
            result.append(code[last:at].strip())
            last = at + 1
        depth += (code[at] in "([{") - (code[at] in ")]}")
        at += 1
    return result


def fixed(part):
    """The text of literals, one behind the other; none if the part is anything else."""
    if not part or LITERAL.sub("", part).strip():
        return None
    text = "".join(m[1] if m[1] is not None else m[2] for m in LITERAL.finditer(part))
    return text.replace("\\n", "\n").replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\")


def normal(text):
    return re.sub(r"(?:<>)+", "<>", text).strip()


def texts_of(code):
    """(type, text) of every call; the type is None for parts of texts."""
    for call in CALL.finditer(code):
        parts = arguments(code, call.end())
        parts = parts[1:] if call[1] == "check" or call[3] == "expect" else parts
        text = normal("".join("<>" if fixed(part) is None else fixed(part) for part in parts))
        if text.replace("<>", ""):
            yield call[2], text


def rows_of(document):
    """(header, type, text) of every row."""
    header = None
    for line in document.split("\n"):
        heading = re.match(r"#+ `(\S+)`$", line)
        header = heading[1] if heading else header
        row = re.match(r"\| `(.*?)` \| (?:`(\w+)` )?\|", line)
        if row:
            yield header, row[2], normal(re.sub(r"<[^<>]*>", "<>", row[1]))


def expected_by(tests):
    """The strings of each statement of the tests."""
    for test in tests:
        code = re.sub(r'R"\((.*?)\)"', lambda m: '"' + m[1].replace('"', '\\"') + '"', test.read_text(encoding="utf-8"))
        statement = []
        for part in re.finditer(r"\"((?:\\.|[^\"\\\n])*)\"|;|'(?:\\.|[^'\\\n])'", without_comments(code)):
            if part[0] == ";":
                yield "".join(statement)
                statement = []
            elif part[1] is not None:
                statement.append(fixed(part[0]))


def main(project):
    include = project / "include/latent"
    code, rows = set(), list(rows_of((project / "docs/errors.md").read_text(encoding="utf-8")))
    for header in sorted(include.rglob("*.hpp")):
        name = header.relative_to(include).as_posix()
        texts = texts_of(without_comments(header.read_text(encoding="utf-8")))
        code |= {(name, *text) for text in texts if text[0] or name != REPORTS}
    said = lambda row: f"{row[0]}: {row[1] or 'part of a text'}: {row[2]!r}"
    errors = [f"docs/errors.md lacks {said(row)}" for row in code - set(rows)]
    errors += [f"docs/errors.md has what is not in the code: {said(row)}" for row in set(rows) - code]
    errors += [f"docs/errors.md has twice {said(row)}" for row in set(rows) if rows.count(row) > 1]
    expected = "\0".join(expected_by(sorted((project / "tests").rglob("*.test.cpp"))))
    for text in sorted({row[2] for row in code}):
        pattern = "[^\0]*".join(re.escape(part) for part in re.sub(r"^<>[: ]*|<>$", "", text).split("<>"))
        if not re.search(pattern, expected) and text not in UNTESTED:
            errors.append(f"no test expects {text!r}")
    errors += [f"tests/error_table.py: {text!r} is gone" for text in UNTESTED if text not in {row[2] for row in code}]
    print("\n".join(sorted(errors)))
    print(f"{len(code)} texts, {len(rows)} rows, {len(errors)} errors")
    return 1 if errors or not code else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
