#include "tensors.h"

#include <utility>

namespace tessera::test {
namespace {

int type_of(int onnx) {
  switch (onnx) {
    case OnnxTensor::kU8:
      return TSR_U8;
    case OnnxTensor::kS8:
      return TSR_S8;
    case OnnxTensor::kS32:
      return TSR_S32;
    case OnnxTensor::kS64:
      return TSR_S64;
    default:
      return TSR_F32;
  }
}

std::size_t size_of(int onnx) {
  return onnx == OnnxTensor::kS64 ? 8 : onnx == OnnxTensor::kU8 || onnx == OnnxTensor::kS8 ? 1 : 4;
}

tsr_tensor pixels_of(OnnxTensor& t) {
  return tsr_tensor_nhwc(type_of(t.type), t.raw.data(), t.dims[0], t.dims[1], t.dims[2], t.dims[3]);
}

Result finished(const char* way, tsr_status status, OnnxTensor y) {
  if (status == TSR_OK) return {way, std::move(y)};
  return {std::string(way) + ": " + tsr_status_string(status), {}};
}

}  // namespace

tsr_tensor view(const OnnxTensor& t) {
  return tsr_tensor_dense(type_of(t.type), const_cast<char*>(t.raw.data()), static_cast<std::int32_t>(t.dims.size()),
                          t.dims.data());
}

OnnxTensor zeros(int type, std::vector<std::int64_t> dims) {
  OnnxTensor t;
  t.type = type;
  t.dims = std::move(dims);
  t.raw.assign(static_cast<std::size_t>(t.count()) * size_of(type), '\0');
  return t;
}

Answer answer(const OnnxTensor& x, int type, const std::vector<std::int64_t>& dims, const Call& call) {
  Answer a;
  OnnxTensor y = zeros(type, dims);
  const tsr_status status = call(view(x), view(y));
  a.results.push_back(finished("dense", status, std::move(y)));
  if (x.dims.size() != 4 || dims.size() != 4) return a;
  OnnxTensor in = x, out = zeros(type, dims), back = out;
  const tsr_tensor planes = view(x), pixels = pixels_of(in), out_pixels = pixels_of(out), out_planes = view(back);
  tsr_status again = tsr_copy(nullptr, &planes, &pixels);
  if (again == TSR_OK) again = call(pixels, out_pixels);
  if (again == TSR_OK) again = tsr_copy(nullptr, &out_pixels, &out_planes);
  a.results.push_back(finished("NHWC", again, std::move(back)));
  return a;
}

std::vector<std::int64_t> list(const OnnxNode& node, const Inputs& inputs, std::size_t i, const char* attribute,
                               std::vector<std::int64_t> absent) {
  if (i >= inputs.size() || inputs[i] == nullptr) return node.integers(attribute, std::move(absent));
  const OnnxTensor& t = *inputs[i];
  std::vector<std::int64_t> numbers;
  for (std::int64_t e = 0; e < t.count(); ++e)
    numbers.push_back(t.type == OnnxTensor::kS64 ? t.data<std::int64_t>()[e] : t.data<std::int32_t>()[e]);
  return numbers;
}

}  // namespace tessera::test
