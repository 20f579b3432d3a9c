"""What is the same of members that recur in many headers, and so is said here once.

`comment(floor, declaration)` gives the comment of a declaration without one: text, `@private` for what is left out, or
nothing.
"""

import re

PRIVATE = "@private"

# (folder, a regular expression of the declaration, its comment); the first that matches is taken.
RECURRING = [
    # Copies, moves, destructors, deduction guides, and private members.
    ("", r"~\w+\(|\w+\(const \w+&\) = delete|operator=\((const )?\w+&{0,2}( other)?\)", PRIVATE),
    ("", r"(\w+)\((const )?\1&&? other\)|\) -> |^\w+ \w+_( |\[|;)", PRIVATE),
    ("", r"\bcheck_values\(", "ValueError, naming all of the options, if one is out of its range."),
    ("nn", r"\bShape output_shape\(",
     "The shape of the result for an input of shape `x`, which a compiler can work out as well. ShapeError if the "
     "input does not fit, ValueError for options out of their range."),
    ("nn", r"\boperator\(\)\(const Variable<T>& x\) const",
     "The result for x, by the formula of the layer. ShapeError if x does not fit."),
    ("nn", r"\boperator\(\)\(const Variable<T>& x, Activation activation = Activation::none\) const",
     "The result for x, by the formula of the layer, and an activation of it in the same pass. ShapeError if x does "
     "not fit."),
    ("", r"\bvoid visit\(F&& f\) const",
     "Calls f(name, member) for each parameter, buffer and layer within, named as in PyTorch's state_dict: what "
     "optimizers train, nn::clone copies and files hold. See nn::parameters."),
    ("nn", r"^(explicit |constexpr )*\w+\(const \w+Options& o, Rng& rng\)",
     "Draws the parameters from `rng`. ValueError for options out of their range."),
    ("", r"^(explicit |constexpr )*\w+\(const \w+Options(<\w+>)?& o( = \{\})?\)",
     "ValueError for options out of their range."),
    ("", r"^\w+Options(<\w+>)? options;", "What it was made with."),
    ("nn", r"^Variable<T> weight(, bias)?;",
     "Parameters, of the shapes that stand above; an absent bias is no variable."),
    ("nn", r"^bool bias = true;", "Whether there is one."),
    ("nn", r"^Extent kernel\b", "Height and width of a window; one number stands for both. At least 1, to be given."),
    ("nn", r"^Index kernel\b", "Steps of a window, at least 1; to be given."),
    ("nn", r"^Extent stride = 1;", "Pixels from window to window, at least 1."),
    ("nn", r"^Index stride = 1;", "Steps from window to window, at least 1."),
    ("nn", r"^Extent dilation = 1;", "Pixels from one element of a window to the next, at least 1."),
    ("nn", r"^Index dilation = 1;", "Steps from one element of a window to the next, at least 1."),
    ("nn", r"^Index groups = 1;", "Parts of the channels, each convolved by itself; divides both numbers of channels."),
    ("nn", r"^Reduction reduction\b", "What becomes of the losses of all elements: their mean, their sum, or each."),
    ("nn", r"^static constexpr \w+ activation\b", "For layers that compute it in the same pass."),
    ("optim", r"^explicit \w+\(const std::vector<Variable<T>>& parameters, ",
     "For nn::parameters(model). Without names, checkpoints number them. Those that are frozen are left alone. ValueError "
     "for no parameters, and options out of their range."),
    ("optim", r"^explicit \w+\(const NamedParameters<T>& parameters, ",
     "For nn::named_parameters(model): errors and checkpoints then name them. ValueError as above."),
    ("data", r"^Index size\(\) const", "How many: elements of a data set or batch, batches of an epoch of a loader."),
    ("data", r"^using Batch = ", "What `gather` of the data set gives."),
    ("data", r"^std::vector<std::string> class_names", "By label."),
    ("data", r"^Index epoch\(\) const", "Epochs begun so far."),
    ("data", r"^void set_epoch\(", "The next epoch that begins is the one after so many."),
    ("data", r"^class Iterator", "Stands at a batch of an epoch."),
    ("data", r"^const Batch& operator\*\(\) const", "The batch, until the next one is fetched."),
    ("data", r"^Iterator& operator\+\+\(\)", "Fetches the next batch."),
    ("data", r"^bool operator==\(End\) const", "Whether the epoch is over."),
    ("data", r"^End end\(\) const", "Behind the last batch."),
    ("optim", r"\bdouble operator\(\)\(Index \w+\) const", "The rate at a step, 0 being the first."),
]

# The letters and words of kernels: of sizes, operands and options.
LETTERS = """
n: images, sequences, rows or elements
t: steps
h: height, or features of a state
w: width
c: channels
o: channels of the output
oh: height of the output
ow: width of the output
kh: height of the kernel
kw: width of the kernel
stride_h: rows from window to window
stride_w: columns from window to window
padding_h: rows above, and as many below
padding_w: columns on the left, and as many on the right
dilation_h: rows from one element of the kernel to the next
dilation_w: columns from one element of the kernel to the next
groups: of channels, each convolved by itself
in: features of a step
s: keys
heads: of attention
d: features of a query and a key
v: values, or features of a value
q: queries
k: keys
rows: how many
outer: product of the sizes before the axis
inner: product of the sizes behind the axis
x: the input
y: the result
dy: gradient of the result
dz: gradient before the activation
weight: of the layer
bias: added to each row, or null
mode: overwrites or accumulates
activation: computed in the same pass
data: the first element
row_stride: elements from row to row
column_stride: elements from column to column
weight_ih: by which inputs are multiplied
weight_hh: by which states are multiplied
bias_ih: or null
bias_hh: or null
h0: state before the first step, or null for zero
c0: cell before the first step, or null for zero
gradient: of the parameter
parameter: changed in place
exp_avg: mean of gradients
exp_avg_sq: mean of their squares
square_avg: mean of squares
lr: learning rate
beta1: part of the mean that stays
beta2: part of the mean of squares that stays
one_minus_beta1: worked out in double
one_minus_beta2: worked out in double
eps: added to the root
weight_decay: as in the optimizer's options
momentum: as in the optimizer's options
"""
KERNELS = dict(line.split(": ", 1) for line in LETTERS.strip().split("\n"))


def comment(floor, declaration):
    for where, pattern, text in RECURRING:
        if where in ("", floor) and re.search(pattern, declaration):
            return text
    fields = re.match(r"^(?:const )?[\w:<>]+(?:\*? const)?\*? ([^;()]+);", declaration)
    names = re.findall(r"(?:^|, )\*?(\w+)", fields[1]) if fields and floor == "kernels" else []
    if names and all(name in KERNELS for name in names):
        return "; ".join(KERNELS[name] for name in names)
    return None
