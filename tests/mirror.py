"""Tests mirror the library: include/latent/nn/linear.hpp is tested by tests/nn/linear.test.cpp, and so on.

    mirror.py PROJECT

Fails for a header without a test, and for a test whose header is gone.
"""

import sys
from pathlib import Path

# Headers that hold nothing to test by itself, and what tests them.
TESTED_ELSEWHERE = {
    "distributed/mpi": "tests/distributed/ranks.py, which starts a program by mpirun",
    "io/stb": "a library of others behind two macros; io/png and io/images use it",
    "kernels/conv2d_weight_gradient": "kernels/conv2d_backward, compared with the plain loop",
    "kernels/ln2": "two constants; kernels/exp and kernels/log",
    "kernels/packed_weights": "kernels/packed_weights_table, and nn/prepared by all that look for something in it",
    "nn/reduction": "an enumeration, and what all losses share",
    "kernels/write_mode": "an enumeration and a pointer; every kernel",
}


def names(folder, ending):
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*" + ending)]
    return {name.removesuffix(ending) for name in files if "/" in name}


def main(project):
    headers = names(project / "include/latent", ".hpp")
    floors = {name.split("/")[0] for name in headers}
    tests = {name for name in names(project / "tests", ".test.cpp") if name.split("/")[0] in floors}
    untested, orphans = headers - tests - set(TESTED_ELSEWHERE), tests - headers
    outdated = [name for name in TESTED_ELSEWHERE if name in tests or name not in headers]
    errors = [f"include/latent/{name}.hpp: there is no tests/{name}.test.cpp" for name in untested]
    errors += [f"tests/{name}.test.cpp: there is no include/latent/{name}.hpp" for name in orphans]
    errors += [f"tests/mirror.py: {name} is tested, or gone" for name in outdated]
    print("\n".join(sorted(errors)))
    print(f"{len(headers)} headers, {len(tests)} tests, {len(errors)} without their other half")
    return 1 if errors or not headers else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
