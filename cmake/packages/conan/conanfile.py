"""Conan's recipe, of the tree that it is in: conan create cmake/packages/conan -s compiler.cppstd=20 --build=missing"""

import re
from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout
from conan.tools.scm import Version


class LatentConan(ConanFile):
    name = "latent"
    description = "Header-only C++20 deep learning for CPUs"
    license = "MIT"
    topics = ("deep-learning", "autograd", "neural-network", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    # openmp: threads; zlib: gzipped data sets and PNG files; stb: pictures; json: safetensors files and checkpoints
    options = {name: [True, False] for name in ("openmp", "with_zlib", "with_stb", "with_json")}
    default_options = {name: True for name in options}
    no_copy_source = True

    def _tree(self):
        return Path(self.recipe_folder).resolve().parents[2]

    def set_version(self):
        header = load(self, self._tree() / "include/latent/core/version.hpp")
        self.version = ".".join(re.findall(r"define LATENT_VERSION_\w+ (\d+)", header))

    def export_sources(self):
        for pattern in ("include/*", "LICENSE"):
            copy(self, pattern, self._tree(), self.export_sources_folder)

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("eigen/[>=3.4.0 <4]")
        if self.options.with_zlib:
            self.requires("zlib/[>=1.2.11 <2]")
        if self.options.with_stb:
            self.requires("stb/cci.20230920")
        if self.options.with_json:
            self.requires("nlohmann_json/[>=3.11 <4]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)
        oldest = {"gcc": "12", "clang": "14"}.get(str(self.settings.compiler))
        if self.settings.os != "Linux" or not oldest or Version(self.settings.compiler.version) < oldest:
            raise ConanInvalidConfiguration("latent is for Linux, with g++ 12, clang 14 or newer")

    def package(self):
        copy(self, "LICENSE", self.source_folder, Path(self.package_folder) / "licenses")
        copy(self, "*.hpp", Path(self.source_folder) / "include", Path(self.package_folder) / "include")

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        if self.options.openmp:
            self.cpp_info.cxxflags = self.cpp_info.exelinkflags = self.cpp_info.sharedlinkflags = ["-fopenmp"]
