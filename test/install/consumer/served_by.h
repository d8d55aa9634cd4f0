// Where a function came from.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdio.h>

static int print_library_of(void* function) {
  Dl_info info;
  if (!dladdr(function, &info)) return 1;
  puts(info.dli_fname);
  return 0;
}
