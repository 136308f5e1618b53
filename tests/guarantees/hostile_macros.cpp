#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iosfwd>
#include <limits>
#include <optional>
#include <ostream>
#include <span>
#include <sstream>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "guarantees/check.hpp"

// Names that other headers take for macros are not used by the library: here each of them becomes a bracket that
// nothing has opened. What the library includes itself comes first, since it need not bear that.

// windows.h and what it includes
#define min(a, b) ]
#define max(a, b) ]
#define small ]
#define near ]
#define far ]
#define hyper ]
#define huge ]
#define interface ]
#define pascal ]
#define cdecl ]
#define environ ]
#define IN ]
#define OUT ]
#define OPTIONAL ]
#define CONST ]
#define VOID ]
#define ERROR ]
#define DELETE ]
#define STRICT ]
#define RELATIVE ]
#define ABSOLUTE ]
#define TRUE ]
#define FALSE ]

// complex.h and math.h
#define I ]
#define complex ]
#define imaginary ]
#define DOMAIN ]
#define SING ]
#define OVERFLOW ]
#define UNDERFLOW ]
#define HUGE ]
#undef M_PI
#define M_PI ]
#undef M_E
#define M_E ]

// Unix
#undef major
#define major(device) ]
#undef minor
#define minor(device) ]
#undef makedev
#define makedev(a, b) ]
#define index(a, b) ]
#undef unix
#define unix ]
#undef linux
#define linux ]
#define MIN(a, b) ]
#define MAX(a, b) ]

// X11
#define None ]
#define Always ]
#define Bool ]
#define Status ]
#define Success ]
#define True ]
#define False ]
#define Above ]
#define Below ]
#define Complex ]
#define Convex ]

// Qt, Unreal Engine, Apple's AssertMacros.h, Arduino
#define signals ]
#define slots ]
#define emit ]
#define foreach ]
#define forever ]
#define check(condition) ]
#define verify(condition) ]
#define require(condition, label) ]
#define ensure(condition) ]
#define F(text) ]
#define B0 ]
#define B1 ]
#define PI ]

#include "concrete/concrete.hpp"

#undef check

int main() {
  const Eigen::Vector3d logits(0.3, -0.5, 0.9);
  const concrete::ExpConcrete q(logits, 0.7), p(logits, 0.5);
  concrete::Engine engine(1);
  const Eigen::Vector3d y = q.sample(engine);
  testing::check(q.in_support(y), "a sample is a point of the support");
  testing::check(kl_divergence(q, p) > 0, "a divergence is positive");
  testing::check(mean(concrete::Concrete(logits, 0.7)).allFinite(), "a mean is finite");
  testing::check(kl_divergence(concrete::BinaryConcrete(logits, 0.7), concrete::BinaryConcrete(logits, 0.7)) == 0,
                 "a distribution does not diverge from itself");
  testing::check((concrete::Engine::max)() - (concrete::Engine::min)() == 0xffffffffu, "a word has 32 bits");
  return testing::exit_status();
}
