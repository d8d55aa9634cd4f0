// Statuses in words, and the version.
#include <tessera/conv.h>
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
    case TSR_CONV_BAD_STRUCT:
      return "convolution: the description's size or an enumeration in it is unknown";
    case TSR_CONV_BAD_SIZE:
      return "convolution: batch, groups, channels, image and kernel must be at least 1";
    case TSR_CONV_BAD_STEP:
      return "convolution: strides and dilations must be at least 1";
    case TSR_CONV_BAD_PADDING:
      return "convolution: padding is negative, or output padding is not below stride or dilation";
    case TSR_CONV_BAD_GROUPS:
      return "convolution: the groups do not divide the channels";
    case TSR_CONV_BAD_STRIDE:
      return "convolution: in_stride or out_stride is shorter than what it steps over";
    case TSR_CONV_TOO_LARGE:
      return "convolution: a size is too large";
    case TSR_CONV_EMPTY_OUTPUT:
      return "convolution: the output has no pixel";
    case TSR_CONV_BAD_ALGORITHM:
      return "convolution: the algorithm does not compute this, or not with this accuracy";
    case TSR_CONV_BAD_EPILOGUE:
      return "convolution: the epilogue's size or activation is unknown";
    case TSR_CONV_SMALL_WORKSPACE:
      return "convolution: the workspace is too small";
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
