#!/usr/bin/python3
"""Compares onnx_runner with onnxruntime, model by model: what they compute, how fast, and how much memory they take.

  agree.py --runner build/release/examples/onnx_runner/onnx_runner --ort DIR MODEL.onnx...

DIR holds node_modules with onnxruntime-node. Inputs are seeded, those of PP-OCRv4 a picture of words. fp32 outputs may differ
by 1e-4 of the largest element. Of a quantised model each layer is given onnxruntime's bytes, and may differ from its output by
one step in one element, and one of ten thousand. Times are medians over rounds in which the two take turns, each in a new
process. Status 1: something does not agree.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))
from quantize import seeded_image  # noqa: E402
from words import page  # noqa: E402

FP32_TOLERANCE = 1e-4
DIFFERENT_BYTES = 1e-4

# What PP-OCRv4 gets, by the names of the files: width and height, and the part of the page of words.
PICTURES = {
    "detection": ((640, 640), (0, 0, 900, 560)),
    "direction": ((192, 48), (20, 20, 260, 80)),
    "recognition": ((320, 48), (20, 20, 420, 80)),
}
DTYPES = {TensorProto.FLOAT: ("float32", np.float32), TensorProto.UINT8: ("uint8", np.uint8)}


class Failure(Exception):
    pass


def run_process(command, **environment):
    """Standard output. Processes tell their own peak of memory: what the system reports of a child includes this one's."""
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode != 0:
        raise Failure(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
    return done.stdout


class Ours:
    name = "Tessera"

    def __init__(self, runner):
        self.runner = runner

    def run(self, model, inputs, threads, repeat, dump=None):
        command = [self.runner, model, "--threads", threads, "--repeat", repeat]
        for name, (array, file) in inputs.items():
            command += ["--shape", f"{name}={'x'.join(map(str, array.shape))}", "--raw", f"{name}={file}"]
        if dump:
            command += ["--dump", dump]
        output = run_process([str(word) for word in command])
        return tuple(float(re.search(form, output)[1]) for form in (r"median ([\d.]+) ms", r"peak of memory: ([\d.]+) MB"))


class OnnxRuntime:
    name = "onnxruntime"

    def __init__(self, directory):
        self.modules = str(pathlib.Path(directory).resolve() / "node_modules")

    def run(self, model, inputs, threads, repeat, dump=None, as_written=False):
        job = {
            "model": str(model), "threads": threads, "repeat": repeat, "dump": str(dump) if dump else None,
            "asWritten": as_written,
            "inputs": [
                {"name": name, "type": array.dtype.name, "dims": array.shape, "file": str(file)}
                for name, (array, file) in inputs.items()
            ],
        }
        done = json.loads(run_process(["node", str(HERE / "ort.js"), json.dumps(job)], NODE_PATH=self.modules))
        return statistics.median(done["times"]), done["memory"]


def stored(directory, name, array):
    file = directory / f"in_{re.sub('[^A-Za-z0-9_.]', '_', name)}.bin"
    array.tofile(file)
    return array, file


def make_inputs(model, stem, directory):
    if stem in PICTURES:
        size, part = PICTURES[stem]
        pixels = np.asarray(page().crop(part).resize(size), np.float32)
        planes = np.ascontiguousarray((pixels / 127.5 - 1).transpose(2, 0, 1)[np.newaxis])
        return {model.graph.input[0].name: stored(directory, "picture", planes)}
    inputs = {}
    for value in model.graph.input:
        dims = [d.dim_value for d in value.type.tensor_type.shape.dim]
        inputs[value.name] = stored(directory, value.name, seeded_image(dims))
    return inputs


def read_output(directory, value):
    _, dtype = DTYPES[value.type.tensor_type.elem_type]
    return np.fromfile(directory / f"{value.name}.bin", dtype)


def compare_fp32(model, path, inputs, engines, directory):
    """What was found, and whether it is good; of compare_layers() too."""
    worst = 0.0
    for number, engine in enumerate(engines):
        (directory / str(number)).mkdir()
        engine.run(path, inputs, 1, 1, directory / str(number))
    for value in model.graph.output:
        ours, theirs = (read_output(directory / str(i), value) for i in range(2))
        if ours.shape != theirs.shape:
            raise Failure(f"{value.name} has {ours.size} elements, not {theirs.size}")
        worst = max(worst, float(np.abs(ours - theirs).max() / np.abs(theirs).max()))
    return f"{worst:.1e} of the largest element", worst <= FP32_TOLERANCE


def byte_tensors(model):
    """Outputs of nodes that are u8."""
    made = {name for node in model.graph.node for name in node.output}
    return [v for v in model.graph.value_info if v.name in made and v.type.tensor_type.elem_type == TensorProto.UINT8]


def compare_layers(model, path, inputs, engines, directory):
    """Every byte tensor becomes an output; in what the runner gets, its readers are given an input in its place."""
    ours, theirs = engines
    tensors = byte_tensors(model)
    names = {t.name for t in tensors}
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    whole.graph.output.extend(tensors)
    cut = onnx.ModelProto()
    cut.CopyFrom(whole)
    for node in cut.graph.node:
        for i, name in enumerate(node.input):
            if name in names:
                node.input[i] = f"{name}_in"
    for tensor in tensors:
        dims = [d.dim_value for d in tensor.type.tensor_type.shape.dim]
        cut.graph.input.append(helper.make_tensor_value_info(f"{tensor.name}_in", TensorProto.UINT8, dims))
    for name, changed in (("whole", whole), ("cut", cut)):
        onnx.save(changed, str(directory / f"{name}.onnx"))
        (directory / name).mkdir()
    theirs.run(directory / "whole.onnx", inputs, 1, 1, directory / "whole", as_written=True)
    all_inputs = dict(inputs)
    for tensor in tensors:
        dims = [d.dim_value for d in tensor.type.tensor_type.shape.dim]
        all_inputs[f"{tensor.name}_in"] = stored(
            directory, tensor.name, read_output(directory / "whole", tensor).reshape(dims))
    ours.run(directory / "cut.onnx", all_inputs, 1, 1, directory / "cut")
    elements, different, steps, bad = 0, 0, 0, []
    for tensor in tensors:
        a, b = (read_output(directory / name, tensor).astype(int) for name in ("cut", "whole"))
        off = np.abs(a - b)
        count = int((off > 0).sum())
        elements, different, steps = elements + a.size, different + count, max(steps, int(off.max()))
        if off.max() > 1 or count > 1 + DIFFERENT_BYTES * a.size:
            bad.append(f"{tensor.name}: {count} of {a.size}, by up to {off.max()}")
    text = f"{different} of {elements} bytes in {len(tensors)} layers differ, by {steps} at most"
    return "; ".join([text, *bad]), not bad


def measure(path, inputs, engines, threads, rounds, repeat):
    """Medians over the rounds, and the peaks of memory."""
    times, memory = ([[], []] for _ in range(2))
    for _ in range(rounds):
        for i, engine in enumerate(engines):
            time, peak = engine.run(path, inputs, threads, repeat)
            times[i].append(time)
            memory[i].append(peak)
    return [statistics.median(t) for t in times], [statistics.median(m) for m in memory]


def table(rows):
    lines = [("model", "threads", "ms", "onnxruntime", "ratio", "MB", "onnxruntime")]
    for name, threads, times, memory in rows:
        lines.append((name, str(threads), f"{times[0]:.2f}", f"{times[1]:.2f}", f"{times[1] / times[0]:.2f}",
                      f"{memory[0]:.0f}", f"{memory[1]:.0f}"))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths)))
        for line in lines)


def plot(rows, path):
    """Ratios as bars, a group for each model."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    names = list(dict.fromkeys(row[0] for row in rows))
    counts = list(dict.fromkeys(row[1] for row in rows))
    figure, axes = pyplot.subplots(figsize=(2 + 0.55 * len(names), 5))
    for i, threads in enumerate(counts):
        ratios = {name: times[1] / times[0] for name, t, times, _ in rows if t == threads}
        axes.bar([names.index(name) + (i - (len(counts) - 1) / 2) * 0.4 for name in ratios], list(ratios.values()), 0.4,
                 label=f"{threads} thread{'s' if threads > 1 else ''}")
    axes.axhline(1, color="black", linewidth=1)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
    axes.set_ylabel("time of onnxruntime / time of onnx_runner")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runner", required=True)
    parser.add_argument("--ort", required=True)
    parser.add_argument("--threads", default="1,2", help="numbers of threads to measure, comma between (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="0: compare outputs only")
    parser.add_argument("--repeat", type=int, default=10, help="runs in a process, after one that is not timed")
    parser.add_argument("--plot", type=pathlib.Path, help="a picture of the ratios; needs python3-matplotlib")
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    engines = [Ours(arguments.runner), OnnxRuntime(arguments.ort)]
    failed, rows = 0, []
    for path in arguments.models:
        with tempfile.TemporaryDirectory() as work:
            work = pathlib.Path(work)
            model = onnx.load(str(path))
            inputs = make_inputs(model, path.stem, work)
            try:
                compare = compare_layers if byte_tensors(model) else compare_fp32
                text, good = compare(model, path, inputs, engines, work)
                print(f"{path.stem}: {'agrees' if good else 'DOES NOT AGREE'}: {text}", flush=True)
                failed += not good
                for threads in map(int, arguments.threads.split(",") if arguments.rounds else []):
                    times, memory = measure(path, inputs, engines, threads, arguments.rounds, arguments.repeat)
                    rows.append((path.stem, threads, times, memory))
            except Failure as failure:
                print(f"{path.stem}: FAILED: {failure}", flush=True)
                failed += 1
    if rows:
        print(f"\n{table(rows)}\n")
        mean = statistics.geometric_mean(times[1] / times[0] for _, _, times, _ in rows)
        print(f"geometric mean of the ratios: {mean:.2f}")
    if rows and arguments.plot:
        plot(rows, arguments.plot)
    print(f"{len(arguments.models) - failed} of {len(arguments.models)} models agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
