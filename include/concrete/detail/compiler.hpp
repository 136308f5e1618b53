#pragma once

// What the language has no words for. On functions:
//
//   CONCRETE_ALWAYS_INLINE  called in inner loops: in large programs compilers run out of will to inline
//   CONCRETE_FLATTEN        all that it calls is inlined into it: a loop that calls what is not ours
//   CONCRETE_INLINE_LAMBDA  as the first of them, behind the parameters of a lambda
//   CONCRETE_NEVER_INLINE   stays out of line: its loops are vectorised only as long as nothing is known of where it is
//                           called from, or it is hardly ever called
//   CONCRETE_WRAPS          unsigned integers are meant to wrap in it: clang's -fsanitize=integer would take it for a fault
//
// Before a loop:
//
//   CONCRETE_NO_UNROLLING   clang would unroll a short body, and then vectorise the loop around it instead, by gathers
//   CONCRETE_LANES_APART    the same, and no round needs what another wrote. (gcc is told so by both.) clang warns where it
//                           then cannot vectorise, under sanitizers, or at -O1 where a body is more than arithmetic

#if defined(_MSC_VER) && !defined(__clang__)
#define CONCRETE_ALWAYS_INLINE __forceinline
#define CONCRETE_INLINE_LAMBDA
#define CONCRETE_FLATTEN
#define CONCRETE_NEVER_INLINE __declspec(noinline)
#else
#if defined(__SANITIZE_ADDRESS__)  // gcc would take minutes
#define CONCRETE_ALWAYS_INLINE inline
#define CONCRETE_INLINE_LAMBDA
#define CONCRETE_FLATTEN
#else
#define CONCRETE_ALWAYS_INLINE [[gnu::always_inline]] inline
#define CONCRETE_INLINE_LAMBDA __attribute__((always_inline))
#define CONCRETE_FLATTEN [[gnu::flatten]]
#endif
#define CONCRETE_NEVER_INLINE [[gnu::noinline]]
#endif

#if defined(__clang__)
#define CONCRETE_WRAPS [[clang::no_sanitize("unsigned-integer-overflow", "unsigned-shift-base")]]
#define CONCRETE_NO_UNROLLING _Pragma("clang loop unroll(disable)")
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer) || defined(__OPTIMIZE_SIZE__) || \
    !(defined(__SSE2__) || defined(__ARM_NEON) || defined(__wasm_simd128__))
#define CONCRETE_LANES_APART CONCRETE_NO_UNROLLING
#else
#define CONCRETE_LANES_APART _Pragma("clang loop unroll(disable) vectorize(assume_safety)")
#endif
#elif defined(__GNUC__)
#define CONCRETE_WRAPS
#define CONCRETE_NO_UNROLLING _Pragma("GCC ivdep")
#define CONCRETE_LANES_APART _Pragma("GCC ivdep")
#else
#define CONCRETE_WRAPS
#define CONCRETE_NO_UNROLLING
#define CONCRETE_LANES_APART
#endif
