#include "reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "cut.h"

namespace read_text {
namespace {

using onnx_runner::Tensor;
using support::Image;

// As these networks were trained: on channels from blue to red.
constexpr support::Normalization kDetection = {true, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
constexpr support::Normalization kLine = {true, {0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f}};

constexpr int kDetectionGrain = 32;   // height and width are multiples of it
constexpr int kLineHeight = 48;       // of both networks that see one line
constexpr int kDirectionWidth = 192;  // longer lines are squeezed
constexpr float kTurnedAbove = 0.9f;  // what the network must be sure of for a line to be turned
constexpr double kReadsBadly = 0.8;
constexpr int kRecognitionWidth = 320;  // at least, and a multiple of the grain: few shapes, so that plans can be kept
constexpr int kRecognitionGrain = 64;
constexpr int kRecognitionMost = 3200;  // longer lines are squeezed: the cost of attention grows with the square

onnx_runner::Options engine_options(int threads, std::size_t plans) {
  onnx_runner::Options options;
  options.threads = threads;
  options.plans = plans;
  return options;
}

// The one output of a network for its one input.
Tensor run(onnx_runner::Model& model, Tensor input) {
  onnx_runner::Tensors outputs = model.run({{model.inputs().at(0).name, std::move(input)}});
  return outputs.at(model.outputs().at(0).name);
}

// The piece, shrunk to the width if it is wider, on the left of a tensor of this width; 0, a middle grey, is to the
// right.
Tensor line_tensor(const Image& piece, int width) {
  Tensor tensor(onnx_runner::Type::kF32, {1, 3, kLineHeight, width});
  const int used = std::min(piece.width, width);
  std::vector<float> planes(std::size_t{3} * kLineHeight * static_cast<std::size_t>(used));
  support::to_planes(piece, kLineHeight, used, kLine, planes.data());
  float* row = tensor.data<float>();
  for (std::size_t i = 0; i < planes.size(); i += static_cast<std::size_t>(used), row += width) {
    std::memcpy(row, planes.data() + i, sizeof(float) * static_cast<std::size_t>(used));
  }
  return tensor;
}

int round_up(int value, int grain) { return (value + grain - 1) / grain * grain; }

void expect(bool condition, const char* model, const Tensor& output) {
  if (condition) return;
  throw std::runtime_error(std::string(model) + " gives an output of " + onnx_runner::to_string(output.dims()) +
                           ", which does not fit the rest of PP-OCRv4");
}

}  // namespace

TextReader::TextReader(const std::string& models, const Options& options)
    : options_(options),
      detection_(models + "/detection.onnx", engine_options(options.threads, 1)),
      direction_(models + "/direction.onnx", engine_options(options.threads, 1)),
      recognition_(models + "/recognition.onnx", engine_options(options.threads, 8)),
      alphabet_(models + "/characters.txt") {}

std::vector<std::vector<Line>> TextReader::read(const Image& image) {
  std::vector<Box> boxes;
  std::vector<Reading> readings;
  for (Box box : detect(image)) {
    const Image piece = cut(image, box, kLineHeight);
    Reading reading = recognize(piece);
    // The network for the direction is at times sure and wrong, in both ways: what it would turn, and what reads badly,
    // is read both ways.
    if (upside_down(piece) || reading.confidence < kReadsBadly) {
      Reading turned = recognize(cut(image, box.turned(), kLineHeight));
      if (turned.confidence > reading.confidence) {
        reading = std::move(turned);
        box = box.turned();
      }
    }
    if (reading.confidence < options_.confidence) continue;
    boxes.push_back(box);
    readings.push_back(std::move(reading));
  }
  std::vector<std::vector<Line>> lines;
  for (const auto& row : reading_order(boxes)) {
    lines.emplace_back();
    for (const std::size_t i : row) lines.back().push_back({boxes[i], readings[i]});
  }
  return lines;
}

std::vector<Box> TextReader::detect(const Image& image) {
  const double shrink = std::min(1.0, static_cast<double>(options_.side) / std::max(image.width, image.height));
  const auto size = [&](int side) {
    return kDetectionGrain * std::max(1, static_cast<int>(std::lround(side * shrink / kDetectionGrain)));
  };
  const int height = size(image.height), width = size(image.width);
  Tensor input(onnx_runner::Type::kF32, {1, 3, height, width});
  support::to_planes(image, height, width, kDetection, input.data<float>());
  const Tensor map = run(detection_, std::move(input));
  expect(map.dims() == onnx_runner::Dims{1, 1, height, width}, "detection.onnx", map);
  std::vector<Box> boxes;
  for (const Region& region : find_regions(map.data<float>(), height, width, options_.regions)) {
    boxes.push_back(
        region.box.scaled(static_cast<double>(image.width) / width, static_cast<double>(image.height) / height));
  }
  return boxes;
}

bool TextReader::upside_down(const Image& piece) {
  const Tensor output = run(direction_, line_tensor(piece, kDirectionWidth));
  expect(output.dims() == onnx_runner::Dims{1, 2}, "direction.onnx", output);
  return output.data<float>()[1] > kTurnedAbove;
}

Reading TextReader::recognize(const Image& piece) {
  const int width = std::clamp(round_up(piece.width, kRecognitionGrain), kRecognitionWidth, kRecognitionMost);
  const Tensor output = run(recognition_, line_tensor(piece, width));
  const bool fits = output.dims().size() == 3 && output.dims()[0] == 1 && output.dims()[2] == alphabet_.classes();
  expect(fits, "recognition.onnx", output);
  return alphabet_.decode(output.data<float>(), static_cast<int>(output.dims()[1]));
}

}  // namespace read_text
