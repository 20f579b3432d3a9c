"""floors.py finds each kind of violation, and nothing in a tree that keeps the rules. Trees are made up and tiny."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TABLE = "# Design\n<!-- floors -->\n| floor | |\n|---|---|\n| `core` | values |\n| `kernels` | loops |\n<!-- end -->\n"
GOOD = {
    "latent.hpp": '#include "latent/core/tensor.hpp"\n#include "latent/kernels/gemm.hpp"\n',
    "core/tensor.hpp": "#include <vector>\n// A Variable holds a Tensor.\nstruct Tensor {};\n",
    "core/parallel.hpp": "#include <omp.h>\n#pragma omp parallel\nint n = omp_get_max_threads();\n",
    "core/eigen.hpp": "#include <Eigen/Core>\n",
    "kernels/simd.hpp": "#include <immintrin.h>\n__m512 x = _mm512_setzero_ps();\n",
    "kernels/gemm.hpp": '#include "latent/core/shape.hpp"\n#include "latent/kernels/simd.hpp"\n'
    '/* No Tensor,\n no Variable. */\nconst char* text = "Tensor // Variable";\n',
}


def floors(headers, document=TABLE):
    """Exit code and output for a tree of these headers."""
    with tempfile.TemporaryDirectory() as folder:
        files = {f"include/latent/{name}": text for name, text in headers.items()} | {"docs/design.md": document}
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        script = Path(__file__).with_name("floors.py")
        done = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


class Floors(unittest.TestCase):
    def test_nothing_in_a_good_tree(self):
        self.assertEqual(floors(GOOD), (0, "6 headers on 2 floors break 0 rules\n"))

    def test_each_kind_of_violation(self):
        for name, line, rule in [
            ("core/bad.hpp", '#include "latent/kernels/gemm.hpp"', "core includes latent/kernels/gemm.hpp, from"),
            ("core/bad.hpp", "#include <latent/kernels/gemm.hpp>", "core includes latent/kernels/gemm.hpp, from"),
            ("kernels/bad.hpp", '#include "latent/latent.hpp"', "latent.hpp is for users"),
            ("kernels/bad.hpp", '#include "latent/nn/linear.hpp"', "latent/nn/linear.hpp lies on no floor"),
            ("kernels/bad.hpp", '#include "../nn/linear.hpp"', "does not begin with latent/"),
            ("kernels/bad.hpp", "#include <omp.h>", "OpenMP: only in core/parallel.hpp"),
            ("kernels/bad.hpp", "#pragma omp parallel for", "OpenMP: only in core/parallel.hpp"),
            ("kernels/bad.hpp", "return omp_get_thread_num();", "OpenMP: only in core/parallel.hpp"),
            ("kernels/bad.hpp", "#include <immintrin.h>", "intrinsics: only in kernels/simd.hpp"),
            ("kernels/bad.hpp", "#include <arm_neon.h>", "intrinsics: only in kernels/simd.hpp"),
            ("core/bad.hpp", "y = _mm256_add_ps(x, x);", "intrinsics: only in kernels/simd.hpp"),
            ("kernels/bad.hpp", "#include <Eigen/Dense>", "Eigen: only in core/eigen.hpp and io/dtype.hpp"),
            ("kernels/bad.hpp", "void f(Tensor<T>& x);  // adds", "kernels does not know Tensor"),
            ("kernels/bad.hpp", "/* the */ void f(Variable x);", "kernels does not know Variable"),
            ("core/bad.hpp", "struct Variable;", "core does not know Variable"),
        ]:
            with self.subTest(line=line):
                status, output = floors(GOOD | {name: f"#pragma once\n{line}\n"})
                self.assertEqual(status, 1)
                self.assertIn(f"include/latent/{name}:2: ", output)
                self.assertIn(rule, output)
                self.assertIn("break 1 rules", output)

    def test_table_and_folders_agree(self):
        status, output = floors(GOOD | {"attic/old.hpp": "#pragma once\n"})
        self.assertEqual(status, 1)
        self.assertIn("include/latent/attic: not in the table of floors", output)
        status, output = floors(GOOD, TABLE.replace("| `kernels`", "| `io` | files |\n| `kernels`"))
        self.assertEqual(status, 1)
        self.assertIn("there is no folder include/latent/io", output)

    def test_a_document_without_the_table_is_an_error(self):
        status, output = floors(GOOD, "# Design\n")
        self.assertEqual(status, 1)
        self.assertIn("no table of floors", output)


if __name__ == "__main__":
    unittest.main()
