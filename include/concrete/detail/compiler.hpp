#pragma once

// What the language has no words for. On functions:
//
//   CONCRETE_ALWAYS_INLINE  called in inner loops: in large programs compilers run out of will to inline
//   CONCRETE_FLATTEN        all that it calls is inlined into it: a loop that calls what is not ours
//   CONCRETE_INLINE_LAMBDA  as the first of them, behind the parameters of a lambda
//   CONCRETE_NEVER_INLINE   stays out of line: its loops are vectorised only as long as nothing is known of where it is
//                           called from, or it is hardly ever called

#if defined(_MSC_VER) && !defined(__clang__)
#define CONCRETE_ALWAYS_INLINE __forceinline
#define CONCRETE_INLINE_LAMBDA
#define CONCRETE_FLATTEN
#define CONCRETE_NEVER_INLINE __declspec(noinline)
#else
#define CONCRETE_ALWAYS_INLINE [[gnu::always_inline]] inline
#define CONCRETE_INLINE_LAMBDA __attribute__((always_inline))
#define CONCRETE_FLATTEN [[gnu::flatten]]
#define CONCRETE_NEVER_INLINE [[gnu::noinline]]
#endif
