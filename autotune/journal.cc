#include "autotune/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace tessera::tune {
namespace {

std::string checksum(const std::string& text) {
  std::uint64_t h = 0xcbf29ce484222325u;  // FNV-1a
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(h));
  return hex;
}

// The good records, and how many bytes they take.
std::vector<Json> read_good(const std::string& path, std::size_t& bytes) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<Json> records;
  bytes = 0;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = bytes = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    if (line.size() < 18 || line[16] != ' ' || line.substr(0, 16) != checksum(line.substr(17))) break;
    Json record = Json::parse(line.substr(17), nullptr, false);
    if (record.is_discarded()) break;
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

std::vector<Json> Journal::read(const std::string& path) {
  std::size_t bytes = 0;
  return read_good(path, bytes);
}

Journal::Journal(const std::string& path, bool go_on) : path_(path) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  std::error_code ignored;  // open says what is wrong
  if (!directory.empty()) std::filesystem::create_directories(directory, ignored);
  std::size_t bytes = 0;
  if (go_on) records_ = read_good(path, bytes);
  file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0 || ftruncate(file_, static_cast<off_t>(bytes)) != 0 || lseek(file_, 0, SEEK_END) < 0)
    throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
}

Journal::~Journal() { close(file_); }

void Journal::append(const Json& record) {
  const std::string text = record.dump();
  const std::string line = checksum(text) + ' ' + text + '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = write(file_, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw std::runtime_error("cannot write " + path_ + ": " + std::strerror(errno));
    done += static_cast<std::size_t>(n);
  }
}

}  // namespace tessera::tune
