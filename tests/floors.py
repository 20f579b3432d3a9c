"""Reads every header in include/latent and fails where one breaks the rules of docs/design.md:

    floors.py PROJECT

The table of floors between <!-- floors --> and <!-- end --> names the folders, from the bottom up; a header includes
its own floor and those before it. What belongs to few headers alone, and what a floor may not know, stands below.
"""

import re
import sys
from pathlib import Path

# What it is, how to recognise it, the only headers that may have it.
RESERVED = [
    ("OpenMP", r"<omp\.h>|#\s*pragma\s+omp\b|\bomp_\w+", ["core/parallel.hpp"]),
    ("intrinsics", r"<\w*intrin\.h>|<arm_\w+\.h>|\b_mm\w+|\b__m(?:64|128|256|512)\w*", ["kernels/simd.hpp", "kernels/bfloat16.hpp"]),
    ("MPI", r"<mpi\.h>|\bMPI_\w+", ["distributed/mpi.hpp"]),
    ("Eigen", r"#\s*include\s*[<\"]Eigen/", ["core/eigen.hpp", "io/dtype.hpp"]),
]
# The words that do not occur in the code of a floor.
UNKNOWN = {"core": r"\bVariable\b", "kernels": r"\b(?:Tensor|Variable)\b"}

INCLUDE = re.compile(r"#\s*include\s*([<\"])([^>\"]+)")
COMMENT_OR_STRING = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)


def without_comments(text):
    """The text with as many lines, but spaces for comments."""
    return COMMENT_OR_STRING.sub(lambda m: m[0] if m[0][0] == '"' else " " + "\n" * m[0].count("\n"), text)


def table_of_floors(document):
    table = re.search(r"<!-- floors -->(.*?)<!-- end -->", document, re.DOTALL)
    floors = re.findall(r"^\|\s*`(\w+)`", table[1], re.MULTILINE) if table else []
    if not floors:
        sys.exit("docs/design.md has no table of floors between <!-- floors --> and <!-- end -->")
    return floors


def broken_rules(name, line, floors):
    """What one line of code of the header `name`, such as "core/shape.hpp", does wrong."""
    floor = name.split("/")[0] if "/" in name else None  # latent.hpp lies above all floors
    include = INCLUDE.search(line)
    if include:
        bracket, path = include.groups()
        if path == "latent/latent.hpp":
            yield "latent.hpp is for users, none of its headers includes it"
        elif path.startswith("latent/"):
            other = path.split("/")[1]
            if other not in floors:
                yield f"{path} lies on no floor"
            elif floor in floors and floors.index(other) > floors.index(floor):
                yield f"{floor} includes {path}, from a floor above it"
        elif bracket == '"':
            yield f'"{path}" does not begin with latent/'
    else:
        line = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
    for what, pattern, owners in RESERVED:
        if re.search(pattern, line) and name not in owners:
            yield f"{what}: only in {' and '.join(owners)}"
    word = not include and re.search(UNKNOWN.get(floor, r"(?!)"), line)
    if word:
        yield f"{floor} does not know {word[0]}"


def main(project):
    include = project / "include/latent"
    floors = table_of_floors((project / "docs/design.md").read_text(encoding="utf-8"))
    folders = {path.name for path in include.iterdir() if path.is_dir()}
    errors = [f"include/latent/{name}: not in the table of floors" for name in sorted(folders - set(floors))]
    errors += [f"docs/design.md: there is no folder include/latent/{name}" for name in floors if name not in folders]

    headers = sorted(include.rglob("*.hpp"))
    for header in headers:
        name = header.relative_to(include).as_posix()
        code = without_comments(header.read_text(encoding="utf-8"))
        for number, line in enumerate(code.split("\n"), 1):
            errors += [f"include/latent/{name}:{number}: {rule}" for rule in broken_rules(name, line, floors)]
    print("\n".join(errors + [f"{len(headers)} headers on {len(floors)} floors break {len(errors)} rules"]))
    return 1 if errors or not headers else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
