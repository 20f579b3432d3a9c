"""Makes the API reference, build/reference/index.html, by Doxygen:

    make.py PROJECT

Fails, with what Doxygen says, where a public name has no comment. Doxygen reads copies of the headers, in which members
that recur have a comment that is the same for all of them, so that no header repeats it: `check_values`, `visit`, the
letters of sizes. A function behind another of its name shares its comment. The `///` above a namespace is the header's.
In kernels, members without a comment are left out. Lines keep their numbers.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

LAYER = "Calls f(name, member) for each parameter, buffer and layer within, named as in PyTorch's state_dict: what " \
    "optimizers train, nn::clone copies and files hold. See nn::parameters."

PAGES = ["README.md", "docs/guide.md", "docs/from_pytorch.md"]

# (floor, a regular expression of the declaration, its comment); the first that matches is taken.
RECURRING = [
    ("", r"(~\w+\(|\w+\(const (\w+)&\) = delete|\w+& operator=\(const \w+&\) = delete|operator=\(\w+ other\)|"
         r"(\w+)\(\3&& other\)|\w+\(const \w+& other\)|\) -> |^\w+ \w+_( |\[|;))", "@private"),
    ("", r"\bcheck_values\(", "ValueError, naming all of the options, if one is out of its range."),
    ("nn", r"\bShape output_shape\(", "The shape of the result for an input of shape `x`, which a compiler can work out "
     "as well. ShapeError if the input does not fit, ValueError for options out of their range."),
    ("nn", r"\boperator\(\)\(const Variable<T>& x\) const", "The result for x, by the formula of the layer. ShapeError "
     "if x does not fit."),
    ("nn", r"\boperator\(\)\(const Variable<T>& x, Activation activation = Activation::none\) const", "The result for x, by "
     "the formula of the layer, and an activation of it in the same pass. ShapeError if x does not fit."),
    ("nn", r"\bvoid visit\(F&& f\) const", LAYER),
    ("nn", r"^(explicit )?(constexpr )?(\w+)\(const \3?\w*Options& o, Rng& rng\)", "Draws the parameters from `rng`. "
     "ValueError for options out of their range."),
    ("nn", r"^(explicit )?(constexpr )?\w+\(const \w+Options& o( = \{\})?\)", "ValueError for options out of their range."),
    ("nn", r"^\w+Options options;", "What the layer was made with."),
    ("nn", r"^Variable<T> weight(, bias)?;", "Parameters, of the shapes that stand above; an absent bias is no variable."),
    ("nn", r"^bool bias = true;", "Whether there is one."),
    ("nn", r"^Extent kernel\b", "Height and width of a window; one number stands for both. At least 1, to be given."),
    ("nn", r"^Index kernel\b", "Steps of a window, at least 1; to be given."),
    ("nn", r"^Extent stride = 1;", "Pixels from window to window, at least 1."),
    ("nn", r"^Index stride = 1;", "Steps from window to window, at least 1."),
    ("nn", r"^Extent dilation = 1;", "Pixels from one element of a window to the next, at least 1."),
    ("nn", r"^Index dilation = 1;", "Steps from one element of a window to the next, at least 1."),
    ("nn", r"^Index groups = 1;", "Parts that the channels are cut into, each convolved by itself; divides in and out."),
    ("nn", r"^Reduction reduction\b", "What becomes of the losses of all elements: their mean, their sum, or each."),
    ("nn", r"^static constexpr \w+ activation\b", "For layers that compute it in the same pass."),
    ("optim", r"^explicit \w+\(const std::vector<Variable<T>>& parameters, ", "For nn::parameters(model). Without names, "
     "checkpoints number them. ValueError for no parameters, ones that want no gradient, and options out of range."),
    ("optim", r"^explicit \w+\(const NamedParameters<T>& parameters, ", "For nn::named_parameters(model): errors and "
     "checkpoints then name them. ValueError as above."),
    ("optim", r"\bdouble operator\(\)\(Index \w+\) const", "The rate at a step, 0 being the first."),
]

# What letters and words stand for in the sizes, operands and options of kernels.
KERNELS = {
    "n": "images, sequences, rows or elements", "t": "steps", "h": "height, or features of a state", "w": "width",
    "c": "channels", "o": "channels of the output", "oh": "height of the output", "ow": "width of the output",
    "kh": "height of the kernel", "kw": "width of the kernel", "stride_h": "from window to window, downwards",
    "stride_w": "to the right", "padding_h": "rows above, and below", "padding_w": "columns on either side",
    "dilation_h": "within a window, downwards", "dilation_w": "to the right", "groups": "of channels",
    "in": "features of a step", "s": "keys", "heads": "of attention", "d": "features of a head's query and key",
    "v": "values, or features of a head's value", "q": "queries", "k": "keys", "rows": "number of rows",
    "x": "the input", "y": "the result", "dy": "gradient of the result", "dz": "gradient before the activation",
    "weight": "the layer's weight", "bias": "added to each row, or null", "mode": "overwrites or accumulates",
    "activation": "computed in the same pass", "gradient": "of the parameter", "parameter": "changed in place",
    "exp_avg": "mean of gradients", "exp_avg_sq": "mean of their squares", "square_avg": "mean of squares",
    "lr": "learning rate", "beta1": "decay of the mean", "beta2": "decay of the mean of squares", "eps": "added to the root",
    "one_minus_beta1": "in double before it is rounded", "one_minus_beta2": "likewise", "weight_decay": "of the options",
    "momentum": "of the options", "outer": "product of the sizes before the axis", "inner": "and of those behind",
    "data": "first element", "row_stride": "elements from row to row", "column_stride": "elements from column to column",
    "weight_ih": "of the input", "weight_hh": "of the state", "bias_ih": "or null", "bias_hh": "or null",
    "h0": "first state, or null for zero", "c0": "first cell, or null for zero",
}

SCOPE = re.compile(r"^(?:struct|class)\b")
TEMPLATE = re.compile(r"^(template <.*?> (?=[\w\[~])|requires .*?(?=\b(?:class|struct)\b))+")
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


def comment_for(floor, declaration):
    for where, pattern, text in RECURRING:
        if where in ("", floor) and re.search(pattern, declaration):
            return text
    if floor == "kernels":
        fields = re.match(r"^(?:const )?[\w:<>]+(?:\*? const)?\*? ([^;()]+);", declaration)
        names = re.findall(r"(?:^|, )\*?(\w+)", fields[1]) if fields else []
        if names and all(name in KERNELS for name in names):
            return "; ".join(KERNELS[name] for name in names)
    return None


def without_tags(line):
    """A line of a comment in which <ostream> and T<int> are text."""
    if re.match(r" *///     ", line):
        return line  # code
    parts = line.split("`")
    return "`".join(re.sub(r"(?<=[\w ])<(?=\w)", "&lt;", part) if i % 2 == 0 else part for i, part in enumerate(parts))


def declarators(code):
    """The names of `T a = x, b;`, each as a declaration of its own; none for anything else."""
    code = re.sub(r"\s*///<.*", "", code)
    fields = re.match(r"^((?:static |constexpr |const )*[\w:]+(?:<[^;=]*?>)?(?:\*? const)?) ?((?:\*?\w+(?: = [^,;{}]+)?, )+"
                      r"\*?\w+(?: = [^,;{}]+)?);$", code)
    return [f"{fields[1]} {name};" for name in fields[2].split(", ")] if fields else []


def shared(comment):
    """What overloads repeat of the lines of a comment: what stands before its first example."""
    end = comment.index("") if "" in comment else len(comment)
    return " ".join(comment[:end])


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
            comment.append(without_tags(lines[i]).strip()[3:].strip())
            result[i] = without_tags(lines[i])
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
            if not comment and not opens and "///<" not in declaration:
                given = comment_for(floor, bare)
                if not given and previous and previous[0] == name:
                    given = previous[1]
                if not given and floor == "kernels":
                    given = "@private"
                if given:
                    result[begin] = " " * indent + f"/** {given} */ " + result[begin].strip()
            behind = re.search(r"///< (.*)", declaration)
            several = declarators(bare) if depth and begin == i else []
            if several:
                given = behind[1] if behind else given
                comments = [given or comment_for(floor, one) or "@private" for one in several]
                if floor == "kernels" and not behind:
                    comments = [comment_for(floor, one) or given for one in several]
                result[begin] = " " * indent + " ".join(f"/** {c} */ {one}" for c, one in zip(comments, several))
            previous = (name, given) if given and name else None
            comment = []
            depth += bool(opens and bare.endswith("{"))
        i += 1
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
        copy.write_text("\n".join(with_comments(header.parent.name, lines)), encoding="utf-8")
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
