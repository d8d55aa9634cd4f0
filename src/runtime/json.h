// A reader of JSON: one pass over text in memory, no allocation, no exceptions, no locale. For the small files that the
// library itself must read; the tools have a whole JSON library.
#pragma once

#include <cstddef>
#include <string_view>

namespace tessera {

// The caller asks for what it expects; the first thing that is otherwise makes this and every later call return false
// and leaves a reason and a line. Text that is cut off anywhere is an error.
//
//   if (json.enter_object())
//     while (json.next_key(key)) key.view() == "mc" ? json.number(mc) : json.skip();
//   if (!json.finish()) complain(json.line(), json.error());
class JsonReader {
 public:
  // Keys and strings that are asked for; a longer one is an error. Outside ASCII: '?'.
  struct Text {
    char bytes[96];
    std::size_t size = 0;
    std::string_view view() const { return {bytes, size}; }
  };

  explicit JsonReader(std::string_view text) : text_(text) {}

  bool enter_object();
  // The next key of the object entered last, its value to be read next; false when the object ends.
  bool next_key(Text& key);
  bool number(double& value);
  bool boolean(bool& value);
  bool string(Text& value);
  // Whatever value comes next.
  bool skip();
  // True when nothing failed and nothing but space is left.
  bool finish();

  // Makes the value just read an error of the caller's own.
  bool fail(const char* reason);
  const char* error() const { return error_; }  // null: none
  int line() const;                             // of the error, from 1

 private:
  void skip_space();
  bool take(char expected, const char* reason);
  bool word(std::string_view expected);
  bool characters(Text* into);
  bool skip_value(int depth);

  std::string_view text_;
  std::size_t at_ = 0;
  bool first_ = false;  // no member of the object entered last has been read
  const char* error_ = nullptr;
};

}  // namespace tessera
