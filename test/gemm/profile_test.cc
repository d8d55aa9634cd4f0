// A profile can change no result: whatever it says within its bounds, for every ISA, type and method.
#include <cstring>
#include <vector>

#include "gemm/plan.h"
#include "support/isas.h"
#include "support/profile_text.h"
#include "support/random_tuning.h"

namespace tessera::test {
namespace {

struct Sizes {
  index_t m, n, k;
};
// Small calls, few rows of a large B, strips, the five loops.
constexpr Sizes kSizes[] = {{5, 7, 9}, {30, 40, 50}, {3, 700, 300}, {70, 300, 200}, {150, 170, 190}, {300, 90, 400}};

class ProfileBits : public testing::TestWithParam<std::tuple<Isa, DType>> {};

TEST_P(ProfileBits, AreTheSame) {
  const auto [isa, type] = GetParam();
  TESSERA_SKIP_UNLESS_RUNNABLE(isa);
  const IsaEntry& entry = *find_isa(isa);
  const DType real = real_of(type);
  const index_t per = is_complex(type) ? 2 : 1, size = size_of(type);
  const Machine plain = this_machine(entry, Profile{});
  Random random(test_seed());
  double alpha[2] = {1, 0}, beta[2] = {1, 0};
  if (real == DType::f32) {
    const float one[2] = {1, 0};
    std::memcpy(alpha, one, sizeof one);
    std::memcpy(beta, one, sizeof one);
  }
  for (const Sizes& s : kSizes) {
    std::vector<double> a(static_cast<std::size_t>(s.m * s.k * per)), b(static_cast<std::size_t>(s.k * s.n * per)),
        c(static_cast<std::size_t>(s.m * s.n * per));
    for (std::vector<double>* x : {&a, &b, &c}) {
      const auto count = static_cast<index_t>(x->size());
      real == DType::f32 ? random.fill(reinterpret_cast<float*>(x->data()), count) : random.fill(x->data(), count);
    }
    for (index_t turn = scaled_count(24); turn > 0; --turn) {
      const bool a_cols = random.one_in(2), b_cols = random.one_in(2), c_cols = !is_complex(type) && random.one_in(3);
      GemmCall call{type,
                    false,
                    false,
                    s.m,
                    s.n,
                    s.k,
                    alpha,
                    a.data(),
                    a_cols ? 1 : s.k,
                    a_cols ? s.m : 1,
                    b.data(),
                    b_cols ? 1 : s.n,
                    b_cols ? s.k : 1,
                    beta,
                    nullptr,
                    c_cols ? 1 : s.n,
                    c_cols ? s.m : 1};
      const auto run = [&](const Machine& machine, int threads) {
        std::vector<double> out = c;
        call.c = out.data();
        Executor executor{};
        executor.threads = threads;
        gemm_on(machine, call, executor);
        return out;
      };
      const GemmTuning tuning = random_tuning<GemmTuning>(random, &entry.kernels(real));
      const std::string text = profile_text(cpu_info(), entry, real, tuning);
      Profile profile;
      ProfileFit fit{};
      LogText why;
      ASSERT_EQ(read_profile(text, cpu_info(), profile, fit, why), ProfileState::good) << why.c_str();
      const Machine tuned = this_machine(entry, profile);
      EXPECT_EQ(std::memcmp(run(tuned, static_cast<int>(random.integer(1, 3))).data(), run(plain, 1).data(),
                            static_cast<std::size_t>(s.m * s.n * size)),
                0)
          << s.m << " x " << s.n << " x " << s.k << " under\n"
          << text;
    }
  }
}

std::string bits_name(const testing::TestParamInfo<std::tuple<Isa, DType>>& info) {
  return std::string(isa_info(std::get<0>(info.param)).name) + "_" + name_of(std::get<1>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Isa, ProfileBits,
                         testing::Combine(testing::ValuesIn(all_isas()),
                                          testing::Values(DType::f32, DType::f64, DType::c32, DType::c64)),
                         bits_name);

}  // namespace
}  // namespace tessera::test
