"""docs/from_pytorch.md names what exists:

    from_pytorch.py PROJECT

Reads the middle column of its tables and fails where a word in backquotes stands in no header: `nn::Linear` in those of
include/latent/nn, a header's path as a file, other words anywhere.
"""

import re
import sys
from pathlib import Path

NAMESPACES = ("metrics", "nn", "optim", "data", "io", "eigen", "kernels", "memory")
FOLDERS = {"eigen": "core", "memory": "core"}


def words_of(folder):
    comments = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
    text = "\n".join(comments.sub(" ", path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.hpp")))
    return set(re.findall(r"[A-Za-z_]\w+", text))


def names_of(document):
    """(line, namespace or none, word) of all that the middle column has in backquotes, and (line, path) of headers."""
    for number, line in enumerate(document.split("\n"), 1):
        cells = re.split(r"(?<!\\) \| |^\| | \|$", line)
        if len(cells) < 4 or cells[2] in ("latent", "---"):
            continue
        for code in re.findall(r"`([^`]+)`", cells[2]):
            for qualifier, word in re.findall(r"((?:\w+::)*)([A-Za-z_]\w+)", re.sub(r'"[^"]*"', "", code)):
                first = qualifier.split("::")[0]
                if first != "std":
                    yield number, first if first in NAMESPACES else None, word


def main(project):
    include = project / "include/latent"
    document = (project / "docs/from_pytorch.md").read_text(encoding="utf-8")
    everywhere = words_of(include)
    within = {name: words_of(include / FOLDERS.get(name, name)) for name in NAMESPACES}
    names = list(names_of(document))
    errors = [f"docs/from_pytorch.md:{line}: there is no {namespace + '::' if namespace else ''}{word}"
              for line, namespace, word in names if word not in (within[namespace] if namespace else everywhere)]
    paths = re.findall(r"`(latent/[\w/]+\.hpp)`", document)
    errors += [f"docs/from_pytorch.md: there is no {path}" for path in paths if not (project / "include" / path).exists()]
    print("\n".join(errors))
    print(f"{len(names)} names, {len(errors)} that do not exist")
    return 1 if errors or not names else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
