#pragma once

#include <cstddef>
#include <cstdlib>

// Counts what one thread allocates, by new or by malloc (which is what Eigen calls). The program's malloc is
// replaced, so include this header in one translation unit of a program.
//
// Where malloc cannot be replaced (neither glibc nor a sanitizer's allocator), nothing is counted; ask
// `allocations_are_counted`.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONCRETE_TEST_SANITIZER_HOOKS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CONCRETE_TEST_SANITIZER_HOOKS
#endif
#endif

namespace testing {

namespace detail {

inline thread_local bool is_counting = false;
inline thread_local std::size_t allocation_count = 0;

inline void count_allocation() {
  if (is_counting) ++allocation_count;
}

}  // namespace detail
}  // namespace testing

#if defined(CONCRETE_TEST_SANITIZER_HOOKS)

#include <sanitizer/allocator_interface.h>

namespace testing {
inline const bool allocations_are_counted =
    __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t) { detail::count_allocation(); },
                                              [](const volatile void*) {}) != 0;
}

#elif defined(__GLIBC__)

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  testing::detail::count_allocation();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  testing::detail::count_allocation();
  return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  testing::detail::count_allocation();
  return __libc_realloc(block, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  testing::detail::count_allocation();
  return __libc_memalign(alignment, size);
}
}

namespace testing {
inline const bool allocations_are_counted = true;
}

#else

namespace testing {
inline const bool allocations_are_counted = false;
}

#endif

namespace testing {

/// How often `work` allocates on this thread.
template <class Work>
std::size_t allocations(const Work& work) {
  detail::allocation_count = 0;
  detail::is_counting = true;
  work();
  detail::is_counting = false;
  return detail::allocation_count;
}

}  // namespace testing
