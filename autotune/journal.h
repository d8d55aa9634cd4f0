// Everything that was measured, a line at a time: what --resume goes on from and `report` shows. Only ever appended to.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tessera::tune {

using Json = nlohmann::ordered_json;

class Journal {
 public:
  // A line is the checksum of a record, a space, the record. What follows the first line that is not such a one, of a
  // writer that was killed, is not there.
  static std::vector<Json> read(const std::string& path);

  // Begins a file anew, or goes on with one after its last good line. Throws std::runtime_error.
  Journal(const std::string& path, bool go_on);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // On disk, as far as a killed process is concerned, when it returns.
  void append(const Json& record);
  const std::vector<Json>& records() const { return records_; }

 private:
  std::string path_;
  int file_ = -1;
  std::vector<Json> records_;  // those that were there
};

}  // namespace tessera::tune
