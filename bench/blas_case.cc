#include "blas_case.h"

#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace tessera::bench {
namespace {

// In [0, 1), the same on every machine.
double uniform(uint64_t i, uint64_t seed) {
  uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u + seed * 0xD1B54A32D192ED03u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return double((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

}  // namespace

int BlasProblem::integer(const std::string& key) const {
  const auto found = settings.find(key);
  if (found == settings.end()) throw std::invalid_argument(routine + " wants " + key + "=...");
  size_t used = 0;
  int value = 0;
  try {
    value = std::stoi(found->second, &used);
  } catch (const std::exception&) {
  }
  if (used == 0 || used != found->second.size())
    throw std::invalid_argument(key + "=" + found->second + " is not an integer");
  return value;
}

int BlasProblem::integer(const std::string& key, int otherwise) const {
  return settings.count(key) ? integer(key) : otherwise;
}

char BlasProblem::letter(const std::string& key, char otherwise) const {
  const auto found = settings.find(key);
  if (found == settings.end()) return otherwise;
  if (found->second.size() != 1) throw std::invalid_argument(key + "=" + found->second + " is not a letter");
  return found->second[0];
}

std::string BlasProblem::line() const {
  std::string text = routine;
  for (const auto& [key, value] : settings) text += " " + key + "=" + value;
  return text;
}

BlasCase::Operand& BlasCase::make(int64_t count, size_t element, Kind kind, double low, double high) {
  auto operand = std::make_unique<Operand>();
  operand->bytes = static_cast<size_t>(count) * element;
  operand->kind = kind;
  operand->data = allocate_aligned(operand->bytes, huge_pages_);
  char* data = operand->data.get();
  for (int64_t i = 0; i < count; ++i) {
    const double value = low + (high - low) * uniform(static_cast<uint64_t>(i), operands_.size());
    if (kind == Kind::kInt)
      reinterpret_cast<int*>(data)[i] = static_cast<int>(value);
    else if (kind == Kind::kFloat)
      reinterpret_cast<float*>(data)[i] = static_cast<float>(value);
    else
      reinterpret_cast<double*>(data)[i] = value;
  }
  operands_.push_back(std::move(operand));
  return *operands_.back();
}

void BlasCase::reset() {
  for (const auto& operand : operands_)
    if (!operand->initial.empty()) std::memcpy(operand->data.get(), operand->initial.data(), operand->bytes);
}

std::vector<char> BlasCase::outputs() const {
  std::vector<char> all;
  for (const auto& operand : operands_)
    if (!operand->initial.empty()) all.insert(all.end(), operand->data.get(), operand->data.get() + operand->bytes);
  return all;
}

std::string BlasCase::compare(const std::vector<char>& expected) const {
  const double tolerance = (16 + 2 * std::sqrt(terms_)) * magnitude_;
  size_t at = 0;
  for (const auto& operand : operands_) {
    if (operand->initial.empty()) continue;
    const char *got = operand->data.get(), *want = expected.data() + at;
    const size_t size = operand->kind == Kind::kDouble ? 8 : 4;
    for (size_t i = 0; i < operand->bytes / size; ++i) {
      double a, b, unit = 0;
      if (operand->kind == Kind::kInt) {
        a = reinterpret_cast<const int*>(got)[i], b = reinterpret_cast<const int*>(want)[i];
      } else if (operand->kind == Kind::kFloat) {
        a = reinterpret_cast<const float*>(got)[i], b = reinterpret_cast<const float*>(want)[i];
        unit = std::numeric_limits<float>::epsilon();
      } else {
        a = reinterpret_cast<const double*>(got)[i], b = reinterpret_cast<const double*>(want)[i];
        unit = std::numeric_limits<double>::epsilon();
      }
      // Negated, so that a NaN counts as wrong.
      if (!(std::abs(a - b) <= unit * tolerance)) {
        std::ostringstream text;
        text.precision(17);
        text << "output[" << i << "] = " << a << ", the reference has " << b;
        return text.str();
      }
    }
    at += operand->bytes;
  }
  return "";
}

}  // namespace tessera::bench
