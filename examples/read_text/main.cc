// Prints the words it finds in pictures: a line for each line of text.
//
//   read_text [options] picture.png...
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "reader.h"
#include "support/image.h"

namespace {

constexpr const char* kUsage =
    "usage: read_text [options] PICTURE...\n"
    "Prints the text in PNG, JPEG or PPM pictures, line by line.\n"
    "  --models DIR   PP-OCRv4, as scripts/models/fetch_ocr.sh fetches it (default: build/models/ocr)\n"
    "  --threads N    default: TESSERA_NUM_THREADS, or the CPUs this process may use\n"
    "  --side N       longer side to which larger pictures are shrunk when text is looked for (default: 960)\n"
    "  --boxes        a line for each piece: confidence, corners from the upper left clockwise, text\n";

// A whole number of at least 1, or the end of the program.
int number(const char* option, const char* text) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 1 || value > 100000) {
    std::fprintf(stderr, "read_text: %s takes a number from 1 to 100000, not '%s'\n", option, text);
    std::exit(2);
  }
  return static_cast<int>(value);
}

void print(const std::vector<read_text::Line>& line, bool boxes) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (boxes) {
      std::printf("%.3f", line[i].reading.confidence);
      for (const read_text::Point& corner : line[i].box.corners()) std::printf(" %.1f,%.1f", corner.x, corner.y);
      std::printf(" %s\n", line[i].reading.text.c_str());
    } else {
      std::printf("%s%s", i > 0 ? " " : "", line[i].reading.text.c_str());
    }
  }
  if (!boxes) std::printf("\n");
}

}  // namespace

int main(int count, char** arguments) {
  std::string models = "build/models/ocr";
  read_text::TextReader::Options options;
  bool boxes = false;
  std::vector<std::string> pictures;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const bool has_value = i + 1 < count;
    if (argument == "--models" && has_value) {
      models = arguments[++i];
    } else if (argument == "--threads" && has_value) {
      options.threads = number("--threads", arguments[++i]);
    } else if (argument == "--side" && has_value) {
      options.side = number("--side", arguments[++i]);
    } else if (argument == "--boxes") {
      boxes = true;
    } else if (argument == "--help") {
      std::fputs(kUsage, stdout);
      return 0;
    } else if (argument.rfind("--", 0) == 0) {
      std::fprintf(stderr, "read_text: %s\n%s", argument.c_str(), kUsage);
      return 2;
    } else {
      pictures.push_back(argument);
    }
  }
  if (pictures.empty()) {
    std::fputs(kUsage, stderr);
    return 2;
  }

  // A picture that cannot be read does not keep the others from being read.
  int failed = 0;
  try {
    read_text::TextReader reader(models, options);
    for (const std::string& path : pictures) {
      try {
        const support::Image image = support::read_image(path);
        if (pictures.size() > 1) std::printf("%s:\n", path.c_str());
        for (const auto& line : reader.read(image)) print(line, boxes);
      } catch (const support::ImageError& error) {
        std::fprintf(stderr, "read_text: %s\n", error.what());
        failed = 1;
      }
      std::fflush(stdout);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "read_text: %s\n", error.what());
    return 1;
  }
  return failed;
}
