#pragma once

#include <algorithm>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "vae/types.hpp"

namespace vae {

/// How many threads in_parallel() uses from now on. Eigen starts none: its sums would depend on them.
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

/// Calls work(begin, size) for ranges that together are 0 … count - 1, and shares the ranges out among threads.
///
/// Where ranges end depends on the amount of work alone. So the number of threads changes no bit of a result, although
/// Eigen may add up the same numbers in another order in a matrix of another size.
///
/// \param operations  the additions and multiplications of a matrix product that takes about as long: too few are not
///                    worth a second range.
template <class Work>
void in_parallel(Index count, Index operations, const Work& work) {
  // Eigen packs a factor anew for every range: large and few, they cost a few percent of the time in one thread.
  constexpr Index most_ranges = 4, worthwhile = 2'500'000;
  constexpr Index grain = 16;  // floats that fill a cache line
  const Index grains = (count + grain - 1) / grain;
  const Index ranges = std::min({most_ranges, grains, operations / worthwhile});
  if (ranges <= 1) {
    work(Index(0), count);
    return;
  }
#ifdef _OPENMP
  const int threads = std::min(vae::max_threads(), static_cast<int>(ranges));
#pragma omp parallel for num_threads(threads) schedule(static, 1)
#endif
  for (Index range = 0; range < ranges; ++range) {
    const Index begin = range * grains / ranges * grain;
    const Index end = std::min(count, (range + 1) * grains / ranges * grain);
    work(begin, end - begin);
  }
}

}  // namespace vae
