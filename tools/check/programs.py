"""Programs whose absence would make tests skip themselves silently."""

import ctypes.util
import shutil

from .result import Result, ok, wrong

BROWSERS = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")


def check() -> Result:
    found = {
        "chromium": any(shutil.which(name) for name in BROWSERS),
        "wkhtmltopdf": bool(shutil.which("wkhtmltopdf")),
        "libzbar0": bool(ctypes.util.find_library("zbar")),
    }
    result = Result()
    for package, there in found.items():
        result += ok() if there else wrong(f"missing: apt-get install {package} (as root)")
    return result
