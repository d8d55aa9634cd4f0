#include "runtime/json.h"

#include <charconv>

namespace tessera {
namespace {

constexpr int kMaxDepth = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

bool JsonReader::fail(const char* reason) {
  if (error_ == nullptr) error_ = reason;
  return false;
}

int JsonReader::line() const {
  int line = 1;
  for (const char c : text_.substr(0, at_)) line += c == '\n';
  return line;
}

void JsonReader::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
    ++at_;
}

bool JsonReader::take(char expected, const char* reason) {
  if (error_ != nullptr) return false;
  skip_space();
  if (at_ == text_.size()) return fail("the text ends too early");
  if (text_[at_] != expected) return fail(reason);
  ++at_;
  return true;
}

bool JsonReader::enter_object() {
  first_ = true;
  return take('{', "expected an object");
}

bool JsonReader::next_key(Text& key) {
  if (error_ != nullptr) return false;
  skip_space();
  const bool first = first_;
  first_ = false;
  if (at_ < text_.size() && text_[at_] == '}') {
    ++at_;
    return false;
  }
  if (!first && !take(',', "expected ',' or '}'")) return false;
  return string(key) && take(':', "expected ':'");
}

bool JsonReader::characters(Text* into) {
  if (!take('"', "expected a string")) return false;
  std::size_t size = 0;
  while (at_ < text_.size() && text_[at_] != '"') {
    char c = text_[at_++];
    if (static_cast<unsigned char>(c) < 0x20) return fail("a control character in a string");
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    if (c == '\\') {
      if (at_ == text_.size()) break;
      const char escape = text_[at_++];
      constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
      if (const std::size_t i = kNames.find(escape); i != std::string_view::npos) {
        c = kValues[i];
      } else if (escape == 'u') {
        for (int digit = 0; digit < 4; ++digit, ++at_)
          if (at_ == text_.size() || !is_hex(text_[at_])) return fail("expected four hexadecimal digits");
        c = '?';
      } else {
        return fail("unknown escape in a string");
      }
    }
    if (into == nullptr) continue;
    if (size == sizeof into->bytes) return fail("a string is too long");
    into->bytes[size++] = c;
  }
  if (into != nullptr) into->size = size;
  return take('"', "a string does not end");
}

bool JsonReader::string(Text& value) { return characters(&value); }

bool JsonReader::number(double& value) {
  if (error_ != nullptr) return false;
  skip_space();
  if (at_ == text_.size()) return fail("the text ends too early");
  if (!is_digit(text_[at_]) && text_[at_] != '-') return fail("expected a number");
  const char* const begin = text_.data() + at_;
  const std::from_chars_result result = std::from_chars(begin, text_.data() + text_.size(), value);
  // from_chars knows "-inf" and "-nan", JSON does not.
  if (result.ec != std::errc() || !is_digit(result.ptr[-1])) return fail("not a number that can be read");
  at_ += static_cast<std::size_t>(result.ptr - begin);
  return true;
}

bool JsonReader::word(std::string_view expected) {
  if (text_.substr(at_, expected.size()) != expected) return false;
  at_ += expected.size();
  return true;
}

bool JsonReader::boolean(bool& value) {
  if (error_ != nullptr) return false;
  skip_space();
  value = word("true");
  return value || word("false") || fail("expected true or false");
}

bool JsonReader::skip_value(int depth) {
  if (error_ != nullptr) return false;
  if (depth == kMaxDepth) return fail("nested too deeply");
  skip_space();
  if (at_ == text_.size()) return fail("the text ends too early");
  const char c = text_[at_];
  if (c == '"') return characters(nullptr);
  if (is_digit(c) || c == '-') {
    double ignored;
    return number(ignored);
  }
  if (c != '{' && c != '[') return word("true") || word("false") || word("null") || fail("expected a value");
  ++at_;
  const char close = c == '{' ? '}' : ']';
  for (bool first = true;; first = false) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == close) {
      ++at_;
      return true;
    }
    if (!first && !take(',', "expected ',' or the end of a list")) return false;
    if (c == '{' && !(characters(nullptr) && take(':', "expected ':'"))) return false;
    if (!skip_value(depth + 1)) return false;
  }
}

bool JsonReader::skip() { return skip_value(0); }

bool JsonReader::finish() {
  if (error_ != nullptr) return false;
  skip_space();
  return at_ == text_.size() || fail("text after the end");
}

}  // namespace tessera
