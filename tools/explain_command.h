// "explain sgemm 1000 1000 1000 NT 2": the plan of a problem, why nothing else was chosen, and where its numbers come
// from.
#pragma once

namespace tessera {

// The words after "explain". Prints to standard output; 2: they were not understood, and nothing was printed.
int explain_command(int count, const char* const* words);

}  // namespace tessera
