#!/usr/bin/python3
"""Writes networks with seeded weights as ONNX files: make.py DIRECTORY [NETWORK...], all of them by default.

Each in fp32 and in the two quantised forms of quantize.py, or those of --forms: resnet50.onnx, resnet50_qdq.onnx,
resnet50_qlinear.onnx. Needs python3-onnx. A file is checked by ONNX's own checker, with the shapes of all tensors inferred.
"""

import argparse
import pathlib

import onnx

from networks import NETWORKS
from quantize import quantize

FORMS = ("fp32", "qdq", "qlinear")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--forms", default=",".join(FORMS), help="comma between them (default: %(default)s)")
    arguments = parser.parse_args()
    forms = arguments.forms.split(",")
    for known, asked in ((NETWORKS, arguments.networks), (FORMS, forms)):
        unknown = [name for name in asked if name not in known]
        if unknown:
            parser.error(f"no {unknown[0]}; there are {', '.join(known)}")
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for name in arguments.networks or NETWORKS:
        model = NETWORKS[name]()
        for form in forms:
            path = arguments.directory / (f"{name}.onnx" if form == "fp32" else f"{name}_{form}.onnx")
            onnx.save(model if form == "fp32" else quantize(model, form), str(path))
            print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
