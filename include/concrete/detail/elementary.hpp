#pragma once

#include <bit>
#include <cfloat>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>

#include "concrete/detail/compiler.hpp"

// exp, log and two relatives for float and double, in a form that compilers turn into vector instructions.
//
// Why not std::log? It is a call, and a loop of calls is not vectorised unless the user gives up infinities and NaNs.
// Why not Eigen's array().log()? It works on whole expressions, so a loop over the classes of a column that also
// draws, masks or sums would need one temporary for each step; and its exp(-inf) is not 0.
//
// Here every function is straight-line code without a table: both sides of a choice are computed and one is selected by
// a mask of bits, since gcc turns a conditional expression with a constant arm back into a jump. Each argument is
// treated, infinities, NaNs, zeros and subnormal numbers too. Errors are below 1 ulp. Arguments are reduced, and what
// rounding took is given back, as in Sun's fdlibm (e_exp.c, e_log.c), from which the logarithm has its polynomial, too.
// All rely on x + magic - magic not being simplified: see rounds_as_written.

/// Between these two, clang adds in the order of the parentheses whatever its flags say. Only for x86 do all its
/// versions know how to.
#if defined(__clang__) && (defined(__x86_64__) || defined(__i386__))
#define CONCRETE_KEEPS_ORDER 1
#define CONCRETE_BEGIN_AS_WRITTEN _Pragma("float_control(push)") _Pragma("clang fp reassociate(off)")
#define CONCRETE_END_AS_WRITTEN _Pragma("float_control(pop)")
#else
#define CONCRETE_KEEPS_ORDER 0
#define CONCRETE_BEGIN_AS_WRITTEN
#define CONCRETE_END_AS_WRITTEN
#endif

CONCRETE_BEGIN_AS_WRITTEN

namespace concrete::detail {

/// Whether float and double are added in the order of the parentheses and rounded to their type each time, so that
/// what rounding takes can be given back. Not so by -fassociative-math, which is part of -ffast-math, and not in x87
/// registers.
#if (defined(__FAST_MATH__) && !CONCRETE_KEEPS_ORDER) || defined(__ASSOCIATIVE_MATH__) || defined(_M_FP_FAST)
inline constexpr bool rounds_as_written = false;
#elif defined(FLT_EVAL_METHOD)
inline constexpr bool rounds_as_written = FLT_EVAL_METHOD == 0;
#else
inline constexpr bool rounds_as_written = true;
#endif

/// The types that have the functions of this header; others use the standard library's.
template <class T>
concept ElementaryScalar = rounds_as_written && std::numeric_limits<T>::is_iec559 &&
    (std::same_as<T, float> || std::same_as<T, double>);

/// Constants of a format, and the polynomials that its precision asks for.
template <class T>
struct Elementary;

template <>
struct Elementary<double> {
  using Bits = std::uint64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr Bits bias = 1023;
  static constexpr double round_magic = 0x1.8p52;  // x + magic - magic rounds |x| < 2^51 to an integer
  static constexpr double integer_magic = 0x1p52;  // its bit pattern plus k is that of integer_magic + k
  static constexpr double subnormal_scale = 0x1p54;
  static constexpr double subnormal_exponent = 54;
  static constexpr Bits sqrt_half_bits = 0x3fe6a09e00000000;  // about sqrt(1/2), where the mantissa's range begins
  static constexpr double log2_e = 1.4426950408889634;
  static constexpr double ln2_high = 6.93147180369123816490e-01;  // its last bits are 0: k ln2_high is exact
  static constexpr double ln2_low = 1.90821492927058770002e-10;
  static constexpr double exp_ceiling = 710;  // e^710 = inf
  static constexpr double exp_floor = -746;   // e^-746 = 0
  static constexpr double log_smallest_normal =
      -708.39641853226408;  // of the smallest normal number, rounded towards 0

  /// (e^r - 1 - r) / r^2, |r| < ln(2) / 2, where z = r^2: by interpolation at Chebyshev nodes, in float by Remez's
  /// exchange; even and odd powers apart, so that they do not wait for each other.
  static constexpr double exp_polynomial(double r, double z) {
    return (5.00000000000000111e-01 +
            z * (4.16666666666238236e-02 +
                 z * (1.38888889173670814e-03 + z * (2.48015210578682038e-05 + z * 2.76202015910315469e-07)))) +
           r * (1.66666666666666685e-01 +
                z * (8.33333333333003898e-03 +
                     z * (1.98412698631715573e-04 + z * (2.75572682769056960e-06 + z * 2.51004725056949961e-08))));
  }

  /// (log((1 + s) / (1 - s)) - 2 s) / s, as a function of s^2.
  static constexpr double log_polynomial(double z) {
    return z * (6.666666666666735130e-01 +
                z * (3.999999999940941908e-01 +
                     z * (2.857142874366239149e-01 +
                          z * (2.222219843214978396e-01 +
                               z * (1.818357216161805012e-01 +
                                    z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01))))));
  }
};

template <>
struct Elementary<float> {
  using Bits = std::uint32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr Bits bias = 127;
  static constexpr float round_magic = 0x1.8p23f;
  static constexpr float integer_magic = 0x1p23f;
  static constexpr float subnormal_scale = 0x1p25f;
  static constexpr float subnormal_exponent = 25;
  static constexpr Bits sqrt_half_bits = 0x3f3504f3;
  static constexpr float log2_e = 1.44269504f;
  static constexpr float ln2_high = 6.9314575195e-01f;
  static constexpr float ln2_low = 1.4286067653e-06f;
  static constexpr float exp_ceiling = 89;
  static constexpr float exp_floor = -104;
  static constexpr float log_smallest_normal = -87.3365402f;

  static constexpr float exp_polynomial(float r, float z) {
    return (4.999999404e-01f + z * (4.166839272e-02f + z * 1.381446724e-03f)) +
           r * (1.666651964e-01f + z * 8.368780836e-03f);
  }
  static constexpr float log_polynomial(float z) {
    return z * (0.66666662693f + z * (0.40000972152f + z * (0.28498786688f + z * 0.24279078841f)));
  }
};

template <class T>
using BitsOf = typename Elementary<T>::Bits;

template <class T>
CONCRETE_ALWAYS_INLINE BitsOf<T> bits_of(T x) {
  return std::bit_cast<BitsOf<T>>(x);
}

template <class T>
inline constexpr BitsOf<T> infinity_bits = std::bit_cast<BitsOf<T>>(std::numeric_limits<T>::infinity());

/// All ones if the highest bit is set, else 0.
CONCRETE_ALWAYS_INLINE std::uint32_t mask_of_sign(std::uint32_t bits) {
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(bits) >> 31);
}
/// The same; few processors shift 64 bits arithmetically.
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE std::uint64_t mask_of_sign(std::uint64_t bits) {
  return std::uint64_t{0} - (bits >> 63);
}

/// All ones where x < bound, else 0; anything where x is NaN.
template <class T>
CONCRETE_ALWAYS_INLINE BitsOf<T> mask_less(T x, T bound) {
  return mask_of_sign(bits_of(x - bound));
}

template <class T>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE BitsOf<T> mask_nan(T x) {
  const auto magnitude = static_cast<BitsOf<T>>(bits_of(x) << 1 >> 1);
  return mask_of_sign(static_cast<BitsOf<T>>(infinity_bits<T> - magnitude));
}

/// All ones where x is 0, else 0.
template <class T>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE BitsOf<T> mask_zero(T x) {
  return mask_of_sign(static_cast<BitsOf<T>>(static_cast<BitsOf<T>>(bits_of(x) << 1 >> 1) - 1));
}

/// All ones where a logit is -inf, else 0.
template <class T>
CONCRETE_ALWAYS_INLINE BitsOf<T> mask_masked(T logit) {
  return mask_less(logit, -(std::numeric_limits<T>::max)());
}

/// 0 where the mask is all ones, else x.
template <class T>
CONCRETE_ALWAYS_INLINE T cleared_where(BitsOf<T> mask, T x) {
  return std::bit_cast<T>(static_cast<BitsOf<T>>(bits_of(x) & ~mask));
}

/// a where the mask is all ones, b where it is 0.
template <class T>
CONCRETE_ALWAYS_INLINE T select(BitsOf<T> mask, T a, T b) {
  return std::bit_cast<T>(static_cast<BitsOf<T>>((bits_of(a) & mask) | (bits_of(b) & ~mask)));
}

/// e^x = 2^k (1 + p), with |p| at most sqrt(2) - 1 and to full relative precision. k is held as its bits, biased as
/// those of a number are: 2^k itself may be no normal number.
template <class T>
struct SplitExponential {
  BitsOf<T> biased_k;
  T p;
};

/// By r = x - k ln 2 = high - low and p = e^r - 1 = high - (low - r^2 exp_polynomial(r)).
template <class T>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE SplitExponential<T> split_exp(T x) {
  using E = Elementary<T>;
  const T shifted = x * E::log2_e + E::round_magic, k = shifted - E::round_magic;
  const T high = x - k * E::ln2_high, low = k * E::ln2_low;
  const T r = high - low, z = r * r;
  return {bits_of(shifted) - bits_of(E::round_magic) + E::bias, high - (low - z * E::exp_polynomial(r, z))};
}

/// 2^k of a normal number's exponent.
template <class T>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE T power_of_two(BitsOf<T> biased_k) {
  return std::bit_cast<T>(static_cast<BitsOf<T>>(biased_k << Elementary<T>::mantissa_bits));
}

template <ElementaryScalar T>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE T loop_exp(T x) {
  using E = Elementary<T>;
  const BitsOf<T> too_low = mask_less(x, E::exp_floor), too_high = mask_less(E::exp_ceiling, x);
  const SplitExponential<T> e = split_exp(cleared_where(too_low, select(too_high, E::exp_ceiling, x)));
  const BitsOf<T> both = e.biased_k + E::bias, half = both >> 1;  // 2^k in two factors, each a normal number
  const T y = (1 + e.p) * power_of_two<T>(half) * power_of_two<T>(both - half);
  return select(mask_nan(x), x, cleared_where(too_low, y));
}

/// e^x where it is a normal number, at half the price; anything elsewhere, which is 0 where `too_low` is all ones, unless
/// x is too large to have its bits split.
template <ElementaryScalar T>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE T loop_exp_normal(T x, BitsOf<T> too_low = 0) {
  using E = Elementary<T>;
  const T shifted = x * E::log2_e + E::round_magic, k = shifted - E::round_magic;
  const T r = (x - k * E::ln2_high) - k * E::ln2_low, z = r * r;
  const T y = 1 + (r + z * E::exp_polynomial(r, z));
  // The bits of round_magic below the exponent's are 0.
  return y * power_of_two<T>((bits_of(shifted) + E::bias) & ~too_low);
}

/// e^x for x <= 0, with 0 for what is below the smallest normal number: all that a sum whose largest term is 1 asks
/// for.
template <ElementaryScalar T>
CONCRETE_ALWAYS_INLINE T loop_exp_flushed(T x) {
  const T magnitude = std::abs(x);  // a NaN without a sign is not taken for a number below the bound
  const BitsOf<T> too_low = mask_less(-Elementary<T>::log_smallest_normal, magnitude);
  return cleared_where(too_low, loop_exp_normal(x, too_low));
}

/// e^x - 1 for x <= 0.
template <ElementaryScalar T>
CONCRETE_ALWAYS_INLINE T loop_expm1(T x) {
  constexpr T lowest = -64;  // where -1 has long been the answer
  const SplitExponential<T> e = split_exp(select(mask_less(x, lowest), lowest, x));
  const T scale = power_of_two<T>(e.biased_k);
  return select(mask_nan(x), x, (scale - 1) + scale * e.p);
}

/// log (2^-taken x) of a normal number x > 0; without the treatment of all others it costs half as much.
///
/// By x = 2^k (1 + f), s = f / (2 + f) and log(1 + f) = f - s (f - log_polynomial(s^2)).
template <ElementaryScalar T>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE T loop_log_normal(T x, T taken = 0) {
  using E = Elementary<T>;
  using Bits = typename E::Bits;
  constexpr Bits one = E::bias << E::mantissa_bits, mantissa = (Bits{1} << E::mantissa_bits) - 1;
  const Bits shifted = bits_of(x) + (one - E::sqrt_half_bits);
  const Bits exponent = (shifted >> E::mantissa_bits) | bits_of(E::integer_magic);
  const T k = std::bit_cast<T>(exponent) - (E::integer_magic + T(E::bias)) - taken;
  const T f = std::bit_cast<T>(static_cast<Bits>((shifted & mantissa) + E::sqrt_half_bits)) - 1;
  const T s = f / (2 + f);
  return k * E::ln2_high - ((s * (f - E::log_polynomial(s * s)) - k * E::ln2_low) - f);
}

template <ElementaryScalar T>
CONCRETE_WRAPS CONCRETE_ALWAYS_INLINE T loop_log(T x) {
  using E = Elementary<T>;
  using Bits = typename E::Bits;
  const Bits subnormal = mask_less(x, (std::numeric_limits<T>::min)());
  const T taken = std::bit_cast<T>(static_cast<Bits>(bits_of(E::subnormal_exponent) & subnormal));
  const T y = loop_log_normal(select(subnormal, x * E::subnormal_scale, x), taken);
  // +inf and NaN are their own logarithms, a negative sign makes any pattern a NaN, and zeros are -inf.
  const auto magnitude = static_cast<Bits>(bits_of(x) << 1 >> 1);
  const T finite_or_x = select(mask_of_sign(static_cast<Bits>(magnitude - infinity_bits<T>)), y, x);
  const T signed_or_nan = std::bit_cast<T>(static_cast<Bits>(bits_of(finite_or_x) | mask_of_sign(bits_of(x))));
  return select(mask_of_sign(static_cast<Bits>(magnitude - 1)), -std::numeric_limits<T>::infinity(), signed_or_nan);
}

}  // namespace concrete::detail

CONCRETE_END_AS_WRITTEN
