"""What the machine and everything on it is called."""
import importlib.metadata
import os
import pathlib
import platform
import re

from .cells import CORES

VERSION = pathlib.Path(__file__).resolve().parents[2] / "include/latent/core/version.hpp"


def processor():
    """Its name and its widest instruction set."""
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    name = re.search(r"^model name\s*:\s*(.*)$", text, re.M)
    flags = set(text.split())
    widest = next((label for flag, label in (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON"))
                   if flag in flags), "")
    return ", ".join(filter(None, [name[1] if name else platform.machine(), widest]))


def latent_version():
    parts = dict(re.findall(r"define LATENT_VERSION_(MAJOR|MINOR|PATCH) (\d+)", VERSION.read_text()))
    return ".".join(parts[key] for key in ("MAJOR", "MINOR", "PATCH"))


def package_of(requirement):
    return re.split(r"[=<>]", requirement)[0]


def version_of(requirement):
    """Of what is installed, or None."""
    try:
        return importlib.metadata.version(package_of(requirement))
    except importlib.metadata.PackageNotFoundError:
        return None


def describe(peers):
    versions = {peer.NAME: version_of(peer.PACKAGES[0]) for peer in peers}
    return dict(processor=processor(), cores=CORES, load=os.getloadavg()[0],
                versions={"latent": latent_version()} | versions | {"Python": platform.python_version()})


def sentence(machine):
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return f"{machine['processor']}, {machine['cores']} cores, load {machine['load']:.1f}; {versions}"
