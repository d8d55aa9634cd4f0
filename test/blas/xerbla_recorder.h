// The error handlers of this test program: they write down what they are told.
#pragma once

#include <string>
#include <vector>

struct XerblaCall {
  std::string routine;
  int position;
  bool row_major;  // RowMajorStrg at the time of the call
  friend bool operator==(const XerblaCall&, const XerblaCall&) = default;
};

// Calls since the last take, which empties the list.
std::vector<XerblaCall> take_xerbla_calls();
