// A journal as one HTML page that needs nothing else.
#pragma once

#include <string>
#include <vector>

#include "autotune/journal.h"

namespace tessera::tune {

std::string html_report(const std::vector<Json>& records);

}  // namespace tessera::tune
