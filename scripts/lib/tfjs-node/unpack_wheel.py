"""Takes TensorFlow's C library and the headers of its C interface out of a wheel: unpack_wheel.py WHEEL FOLDER."""

import pathlib
import shutil
import sys
import zipfile

LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
# The C interface, and what its headers include of strings and status.
HEADERS = ("/tensorflow/c/", "/tsl/c/", "/ctstring.h", "/ctstring_internal.h")


def main(wheel: str, folder: str) -> None:
    taken = set()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.removeprefix("tensorflow/") in LIBRARIES:
                place = pathlib.Path("lib", pathlib.Path(name).name)
            elif name.startswith("tensorflow/include/") and name.endswith(".h") and any(h in name for h in HEADERS):
                place = pathlib.Path(name).relative_to("tensorflow")
            else:
                continue
            target = pathlib.Path(folder, place)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            taken.add(str(place))
    for wanted in (*(f"lib/{library}" for library in LIBRARIES), "include/tensorflow/c/eager/c_api.h"):
        if wanted not in taken:
            sys.exit(f"{wanted}: expected it in {wheel}, got none. Choose another version of TensorFlow.")


main(*sys.argv[1:])
