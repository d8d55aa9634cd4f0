// Statuses in words, and the version.
#include <tessera/status.h>
#include <tessera/version.h>

#include <cstdio>

extern "C" {

const char* tsr_status_string(tsr_status status) {
  switch (status) {
    case TSR_OK:
      return "success";
    case TSR_OUT_OF_MEMORY:
      return "out of memory";
    case TSR_UNSUPPORTED:
      return "not supported by this build or CPU";
    default:
      break;
  }
  thread_local char text[48];
  if (status < 0) {
    std::snprintf(text, sizeof text, "argument %lld is invalid", -static_cast<long long>(status));
  } else {
    std::snprintf(text, sizeof text, "unknown status %ld", static_cast<long>(status));
  }
  return text;
}

#define TESSERA_TEXT_(x) #x
#define TESSERA_TEXT(x) TESSERA_TEXT_(x)
const char* tsr_version(void) {
  return TESSERA_TEXT(TESSERA_VERSION_MAJOR) "." TESSERA_TEXT(TESSERA_VERSION_MINOR) "." TESSERA_TEXT(
      TESSERA_VERSION_PATCH);
}
}
