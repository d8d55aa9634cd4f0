// Pictures in, lines of text out: detection, direction and recognition with the three networks of PP-OCRv4.
#pragma once

#include <string>
#include <vector>

#include "alphabet.h"
#include "box.h"
#include "onnx_runner/engine.h"
#include "regions.h"
#include "support/image.h"

namespace read_text {

struct Line {
  Box box;  // in pixels of the picture, read along Box::along
  Reading reading;
};

class TextReader {
 public:
  struct Options {
    int threads = 0;          // 0: Tessera's default
    int side = 960;           // a picture whose longer side is above it is shrunk to that for detection
    double confidence = 0.5;  // of a reading; less is taken for no text
    RegionOptions regions;
  };

  // `models`: a folder with detection.onnx, direction.onnx, recognition.onnx and characters.txt. Throws
  // onnx_runner::Error or std::runtime_error.
  TextReader(const std::string& models, const Options& options);

  // Lines as they are read, from the top, each of them pieces from the left. Throws as the constructor.
  std::vector<std::vector<Line>> read(const support::Image& image);

 private:
  std::vector<Box> detect(const support::Image& image);
  bool upside_down(const support::Image& piece);
  Reading recognize(const support::Image& piece);

  Options options_;
  onnx_runner::Model detection_, direction_, recognition_;
  Alphabet alphabet_;
};

}  // namespace read_text
