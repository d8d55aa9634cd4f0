// What the registry says of its kernels: names, shapes, which instruction sets run here.
#include <cstdlib>
#include <set>
#include <string>

#include "base/int_math.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

// Vector registers of the architecture, written down again so that a wrapper's claim is checked.
int registers(Isa isa) { return isa == Isa::avx512 || isa == Isa::neon || isa == Isa::sve256 ? 32 : 16; }

std::string name(const KernelDescriptor& kernel) {
  char text[kKernelNameSize];
  kernel_name(kernel, text);
  return text;
}

TEST(Registry, ExpectedIsaRunsHere) {
  const char* expected = std::getenv("TESSERA_EXPECT_ISA");
  if (expected == nullptr) GTEST_SKIP() << "TESSERA_EXPECT_ISA is not set";
  Isa isa{};
  ASSERT_TRUE(isa_from_name(expected, isa)) << expected;
  ASSERT_NE(find_isa(isa), nullptr) << expected << " is not in this build";
  ASSERT_TRUE(runnable(isa)) << expected << ": this CPU lacks " << missing_features(isa, cpu_info().features).text;
}

TEST(Registry, LowestFirstAndBaselineAlways) {
  ASSERT_GE(compiled_isas().count, 1u);
  EXPECT_EQ(compiled_isas().begin()->isa, Isa::baseline);
  EXPECT_TRUE(can_run(Isa::baseline, 0));
  const IsaEntry* last = nullptr;
  for (const IsaEntry& e : compiled_isas()) {
    if (last != nullptr) {
      EXPECT_LT(last->isa, e.isa);
    }
    EXPECT_EQ(find_isa(e.isa), &e);
    Isa isa{};
    EXPECT_TRUE(isa_from_name(isa_info(e.isa).name, isa));
    EXPECT_EQ(isa, e.isa);
    last = &e;
  }
}

TEST(Registry, NamesAreUniqueAndSayTheShape) {
  std::set<std::string> names;
  for (const IsaEntry& e : compiled_isas()) {
    for (const DType type : {DType::f32, DType::f64}) {
      const KernelList& list = e.kernels(type);
      ASSERT_GE(list.count, 1u);
      EXPECT_FALSE(list.kernels[0].test_only) << "the default kernel";
      for (std::size_t i = 0; i < list.count; ++i) {
        const KernelDescriptor& kernel = list.kernels[i];
        const std::string text = name(kernel);
        EXPECT_TRUE(names.insert(text).second) << text << " is there twice";
        int mr = 0, nr = 0, unroll = 0;
        char dtype[8] = "", isa[24] = "";
        ASSERT_EQ(std::sscanf(text.c_str(), "gemm_%7[a-z0-9]_%dx%d_u%d_%23s", dtype, &mr, &nr, &unroll, isa), 5)
            << text;
        EXPECT_STREQ(dtype, name_of(type));
        EXPECT_EQ(mr, kernel.mr);
        EXPECT_EQ(nr, kernel.nr);
        EXPECT_EQ(unroll, kernel.k_unroll);
        EXPECT_EQ(isa, std::string(kernel.in_order ? "inorder_" : "") + isa_info(e.isa).name);
        EXPECT_EQ(kernel.isa, e.isa);
        EXPECT_EQ(kernel.a, type);
        EXPECT_EQ(kernel.tiles, list.tiles);
        EXPECT_EQ(kernel.nr % list.tiles->lanes, 0);
      }
    }
  }
}

TEST(Registry, EveryTileFitsTheRegistersAndExists) {
  for (const IsaEntry& e : compiled_isas()) {
    for (const DType type : {DType::f32, DType::f64}) {
      const TileSet& set = *e.kernels(type).tiles;
      EXPECT_EQ(set.isa, e.isa);
      EXPECT_EQ(set.type, type);
      ASSERT_LE(set.max_width, kMaxTileWidth);
      for (int w = 1; w <= set.max_width; ++w) {
        ASSERT_GE(set.max_height[w], 1);
        ASSERT_LE(set.max_height[w], kMaxTileHeight);
        ASSERT_GE(set.max_height_direct[w], 1);
        ASSERT_LE(set.max_height_direct[w], set.max_height[w]);
        EXPECT_LE(set.max_height[w] * w + w + 1, registers(e.isa)) << isa_info(e.isa).name << " width " << w;
        EXPECT_LE(set.max_height_direct[w] * w + w + 2, registers(e.isa)) << isa_info(e.isa).name << " width " << w;
        for (int h = 1; h <= kMaxTileHeight; ++h) {
          EXPECT_EQ(set.packed[w][h] != nullptr, h <= set.max_height[w]);
          const bool direct = h <= set.max_height_direct[w];
          EXPECT_EQ(set.direct[w][h] != nullptr, direct);
          EXPECT_EQ(set.direct_tail[w][h] != nullptr, direct);
          EXPECT_EQ(set.stream[w][h] != nullptr, direct);
        }
      }
    }
  }
}

TEST(Registry, MissingFeaturesAreNamed) {
  EXPECT_STREQ(missing_features(Isa::baseline, 0).text, "");
  EXPECT_STREQ(missing_features(Isa::avx2, kFeatAvx2).text, "fma f16c");
  EXPECT_STREQ(missing_features(Isa::avx2, 0).text, "avx2 fma f16c");
  EXPECT_FALSE(can_run(Isa::avx512, kFeatAvx2 | kFeatFma));
}

}  // namespace
}  // namespace tessera::test
