"""Makes the API reference, build/reference/index.html, by Doxygen:

    make.py PROJECT

Fails, with what Doxygen says, where a public name has no comment. Doxygen reads copies of the headers, in which members
that recur have a comment from recurring.py, and a function behind another of its name has that one's, as operators have
that of their group. The `///` above a namespace is the header's. `detail` is left out but for classes that public ones
inherit, and in kernels all that has no comment. Lines keep their numbers.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from recurring import PRIVATE, comment as recurring_comment

PAGES = ["README.md", "docs/guide.md", "docs/from_pytorch.md"]

SCOPE = re.compile(r"^(?:struct|class)\b")
TEMPLATE = re.compile(r"^(template <.*?> (?=[\w\[~])|requires ?.*?(?=\b(?:class|struct)\b))+")
NO_DECLARATION = re.compile(r"//|#|\}|public:|private:|protected:|namespace |using namespace |LATENT_")
NAMESPACE = re.compile(r"^namespace latent[\w:]* \{$")


def name_of(declaration):
    """The name of a function, or none."""
    code = re.sub(r"\[\[.*?\]\]|\(check\)", "", declaration)
    operator = re.search(r"operator\s*(\(\)|[^\s(]+)\s*\(", code)
    if operator:
        return "operator" + operator[1]
    function = re.search(r"(~?\w+)\s*\(", code)
    return function[1] if function else None


def with_bases(lines):
    """The lines with the classes that public ones inherit from outside of `namespace detail`."""
    result = list(lines)
    for base in set(re.findall(r"^(?:class|struct) \w+ : (?:public )?detail::(\w+)", "\n".join(lines), re.MULTILINE)):
        at = next(i for i, line in enumerate(result) if re.match(rf"(class|struct) {base}\b", line))
        begin = max(i for i in range(at) if not result[i])
        end = next(i for i in range(at, len(result)) if result[i] == "};")
        result[begin], result[end] = "}", "}; namespace detail {"
        result = [line.replace(f"detail::{base}", base) for line in result]
    return result


def as_read(line, following):
    """A line of a comment: <ostream> and T<int> are text, wide gaps stay, and so does the end of a formula's line."""
    if re.match(r" *///     ", line):
        return line  # code
    line = re.sub(r"(?<=\S) {3,}", " &emsp; ", line)
    word = re.match(r" */// (\S+)", following)
    formula = re.search(r" -> | (\(\+\))?= ", line) or re.match(r" */// \w+ \[", following)
    if word and formula and re.match(r" */// \S", line) and len(line) + 1 + len(word[1]) <= 120:
        line += "<br>"
    parts = line.split("`")
    parts[::2] = [re.sub(r"(?<=[\w ])<(?=\w)(?!br>)", "&lt;", part) for part in parts[::2]]
    return "`".join(parts)


def declarators(code):
    """The names of `T a = x, b;`, each as a declaration of its own; none for anything else."""
    code = re.sub(r"\s*///<.*", "", code)
    kind, one = r"(?:static |constexpr |const )*[\w:]+(?:<[^;=]*?>)?(?:\*? const)?", r"\*?\w+(?: = [^,;{}]+)?"
    fields = re.match(rf"^({kind}) ?((?:{one}, )+{one});$", code)
    return [f"{fields[1]} {name};" for name in fields[2].split(", ")] if fields else []


def shared(comment):
    """What overloads repeat of the lines of a comment: what stands before its first example."""
    end = comment.index("") if "" in comment else len(comment)
    return " ".join(comment[:end])


def belongs_to(name, before, line_above):
    """Whether a function is another of the name before it, or an operator of the same group."""
    operators = bool(name) and name.startswith("operator") and before.startswith("operator")
    return name == before or (operators and line_above != "")


def with_comments(floor, lines):
    """The lines of a header as Doxygen is to read them."""
    result, depth = list(lines), 0
    comment, previous = [], None  # the `///` right above; name and comment of the function before
    i = 0
    while i < len(lines):
        text, indent = lines[i].strip(), len(lines[i]) - len(lines[i].lstrip())
        if NAMESPACE.match(lines[i]):
            first = i - len(comment)
            if comment and not lines[first - 1]:
                result[first - 1] = "/// @file"
            comment, previous = [], None
        elif text.startswith("///"):
            result[i] = as_read(lines[i], lines[i + 1])
            comment.append(result[i].strip()[3:].strip())
        elif not text:
            comment = []
        elif depth and indent == 2 * depth - 2 and text.startswith("}"):
            depth -= 1
            comment, previous = [], None
        elif indent == 2 * depth and not NO_DECLARATION.match(text):
            begin, declaration = i, text
            while not re.search(r"[{};]\s*(//.*)?$", declaration) and i + 1 < len(lines):
                i += 1
                declaration += " " + lines[i].strip()
            bare = TEMPLATE.sub("", declaration)
            opens = SCOPE.match(bare)
            name = None if opens else name_of(bare)
            given = shared(comment)
            if not comment and "///<" not in declaration:
                given = recurring_comment(floor, bare)
                if not given and previous and belongs_to(name, previous[0], lines[begin - 1]):
                    given = previous[1]
                if not given and floor == "kernels" and not opens:
                    given = PRIVATE
                if given:
                    result[begin] = " " * indent + f"/** {given} */ " + result[begin].strip()
            behind = re.search(r"///< (.*)", declaration)
            several = declarators(bare) if depth and begin == i else []
            if several:
                given = behind[1] if behind else given
                own = [None if behind or floor != "kernels" else recurring_comment(floor, one) for one in several]
                comments = [f"/** {each or given} */ " if each or given else "" for each in own]
                result[begin] = " " * indent + " ".join(c + one for c, one in zip(comments, several))
            previous = (name, given) if given and name else None
            comment = []
            depth += bool(opens and bare.endswith("{"))
        i += 1
    if "/// @file" not in result and not lines[1]:
        result[1] = "/// @file"
    return result


def with_links(project, page):
    """A page with anchors at its headings, whose links to files that are no pages lead out of build/reference."""
    def link(match):
        path = (page.parent / match[2]).resolve().relative_to(project).as_posix()
        if path in PAGES:
            return f"[{match[1]}]({match[3]})" if match[3] else match[0]
        return f'<a href="../../{path}">{match[1]}</a>'
    def heading(match):
        anchor = re.sub(r"[^\w -]", "", match[2].lower()).replace(" ", "-")
        return f"{match[1]} {match[2]} {{#{anchor}}}"
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^(##+) (.*)$", heading, text, flags=re.MULTILINE)
    return re.sub(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)", link, text)


def main(project):
    folder = project / "build/reference"
    shutil.rmtree(folder, ignore_errors=True)
    for header in sorted((project / "include").rglob("*.hpp")):
        if header.name == "stb.hpp":
            continue  # macros around a library of others
        copy = folder / "source" / header.relative_to(project)
        copy.parent.mkdir(parents=True, exist_ok=True)
        lines = header.read_text(encoding="utf-8").split("\n")
        copy.write_text("\n".join(with_comments(header.parent.name, with_bases(lines))), encoding="utf-8")
    for page in PAGES:
        copy = folder / "source" / page
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(with_links(project, project / page), encoding="utf-8")
    doxygen = subprocess.run(["doxygen", "docs/reference/Doxyfile"], cwd=project, text=True, stderr=subprocess.PIPE,
                             check=False)
    print(doxygen.stderr.replace(f"{folder}/source/", ""), end="")
    return doxygen.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
