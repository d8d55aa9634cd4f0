// Scratch memory: lazy, cached per thread, freed on request and at thread exit.
#pragma once

#include <cstddef>

namespace tessera {

// Independent buffers of one thread; a slot's content is lost when the slot is asked for again.
// The first three are the loops'; `operand` is for what calls them.
enum class WorkspaceSlot { packed_a, packed_b, scratch, operand };
inline constexpr int kWorkspaceSlots = 4;

// At least `bytes` bytes aligned to 4096, owned by the calling thread until it asks for the slot again, releases its
// workspace or ends. Other threads may read and write it meanwhile. nullptr when there is no memory (the slot is then
// empty). Large buffers ask the system for huge pages.
void* workspace(WorkspaceSlot slot, std::size_t bytes);

// Frees the calling thread's buffers.
void release_workspace();

// Bytes the calling thread holds; for tests.
std::size_t workspace_bytes();

}  // namespace tessera
