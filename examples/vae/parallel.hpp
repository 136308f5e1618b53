#pragma once

#include <algorithm>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "vae/types.hpp"

namespace vae {

/// How many threads in_parallel() uses from now on. Eigen's own products stay in one: their sums would depend on it.
///
/// \return whether that many are possible: without OpenMP there is one.
inline bool set_threads(int threads) {
  Eigen::setNbThreads(1);
#ifdef _OPENMP
  omp_set_num_threads(threads);
  return true;
#else
  return threads == 1;
#endif
}

inline int max_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

/// Calls work(begin, size) for ranges that together are 0 … count - 1, one in each thread.
///
/// What is computed must not depend on where ranges end: then the number of threads changes no bit of a result.
///
/// \param operations  about how many arithmetic operations all of it takes: too few are not worth a second thread.
template <class Work>
void in_parallel(Index count, Index operations, const Work& work) {
  constexpr Index worthwhile = 100'000,
                  grain = 16;  // 16 floats fill a cache line, and the tiles of a product divide 16
  const Index grains = (count + grain - 1) / grain;
  const Index threads = std::min({Index(vae::max_threads()), grains, operations / worthwhile});
  if (threads <= 1) {
    work(Index(0), count);
    return;
  }
#ifdef _OPENMP
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(static, 1)
#endif
  for (Index thread = 0; thread < threads; ++thread) {
    const Index begin = thread * grains / threads * grain;
    const Index end = std::min(count, (thread + 1) * grains / threads * grain);
    work(begin, end - begin);
  }
}

}  // namespace vae
