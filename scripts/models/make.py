#!/usr/bin/python3
"""Writes networks with seeded weights as ONNX files: make.py DIRECTORY [NETWORK...], all of them by default.

Needs python3-onnx. A file is checked by ONNX's own checker, with the shapes of all tensors inferred.
"""

import argparse
import pathlib

import onnx

from networks import NETWORKS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(NETWORKS))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.networks if name not in NETWORKS]
    if unknown:
        parser.error(f"no network {unknown[0]}; there are {', '.join(NETWORKS)}")
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for name in arguments.networks or NETWORKS:
        path = arguments.directory / f"{name}.onnx"
        onnx.save(NETWORKS[name](), str(path))
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
