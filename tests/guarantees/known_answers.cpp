#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "concrete/concrete.hpp"
#include "guarantees/check.hpp"

// What is the same on every machine, by every compiler and in whatever arithmetic: the bits of engines to the last, and
// numbers to a few units in their last place. All are finite, as -ffast-math knows no others. Long columns fill vector
// registers of any width.

namespace {

using Eigen::Index;
using testing::check;
using testing::near;

template <class T>
using Vector = Eigen::VectorX<T>;

void check_engine() {
  concrete::Engine engine(2017, ~std::uint64_t{0});
  const std::uint32_t first[] = {0x0f1f6f3d, 0xcc839683, 0x4b3ecba4, 0xf15b2a1a};
  for (const std::uint32_t word : first) check(engine() == word, "the first words of an engine");
  engine.discard(9995);
  check(engine() == 0x029a4bb9, "the word of an engine after many others");

  const concrete::Engine fresh(2017, ~std::uint64_t{0});
  concrete::Engine whole = fresh, halves = fresh;
  std::array<std::uint32_t, 200> words;
  whole.fill(words);
  check(words[0] == first[0] && words[3] == first[3], "words that are filled in");
  std::array<std::uint64_t, 100> pairs;
  halves.fill(pairs);
  bool alike = true;
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    alike = alike && pairs[k] == ((std::uint64_t{words[2 * k + 1]} << 32) | words[2 * k]);
  }
  check(alike, "the low half of a word of 64 bits comes first");

  std::stringstream text;
  text << fresh;
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char c : text.str()) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  check(text.str().size() == 1299 && hash == 0xd299b40ed786077fu, "the text of an engine");
  concrete::Engine read;
  text >> read;
  check(read == fresh, "an engine is read as it was written");
}

/// An engine of one word over and over.
struct Constant {
  using result_type = std::uint64_t;
  static constexpr result_type(min)() { return 0; }
  static constexpr result_type(max)() { return (std::numeric_limits<result_type>::max)(); }
  result_type operator()() { return word; }
  result_type word;
};

/// The Gumbel and Logistic variables of a word, by mpmath.
struct Noise {
  std::uint64_t word;
  double gumbel, logistic;
};

/// Whether all numbers are the one expected up to 4 eps of it, or of 1; of double for long double.
template <class T>
bool all_near(const Vector<T>& actual, double expected) {
  const double eps = std::is_same_v<T, float> ? 0x1p-23 : 0x1p-52;
  const double size = expected < -1 ? -expected : expected > 1 ? expected : 1.0;
  return ((actual.template cast<double>().array() - expected).abs() <= 4 * eps * size).all();
}

template <class T>
void check_noise(const Noise& answer, const char* what) {
  Constant engine{answer.word};
  Vector<T> gumbels(67), logistics(67);
  concrete::fill_gumbel(engine, gumbels);
  concrete::fill_logistic(engine, logistics);
  gumbels(66) = concrete::draw_gumbel<T>(engine);
  logistics(66) = concrete::draw_logistic<T>(engine);
  check(all_near<T>(gumbels, answer.gumbel) && all_near<T>(logistics, answer.logistic), what);
}

void check_noise() {
  for (const Noise& answer : {Noise{0x0123456789abcdef, -1.6893760735113402, -5.4116460518550399},
                              Noise{0xfedcba9876543210, 5.4138740537478031, 5.4116460518550399},
                              Noise{0x8000000000000000, 0.36651292058166433, 1.0842021724855044e-19},
                              Noise{0xffffffff00000010, 22.18070978164354, 22.180709781527125},
                              Noise{0x0000000100000000, -3.0992229822128137, -22.180709777569004}}) {
    check_noise<double>(answer, "noise of 64 bits");
    check_noise<long double>(answer, "noise of 64 bits in long double");
  }
  for (const Noise& answer : {Noise{0x0123456700000000, -1.6893760738767434, -5.4116460538429354},
                              Noise{0xfedcba9800000000, 5.4138740557312778, 5.4116460538429354},
                              Noise{0x8000000000000000, 0.36651292091756794, 4.6566128730773926e-10},
                              Noise{0xffffffff00000000, 22.873856958419988, 22.87385695836178},
                              Noise{0x0000000100000000, -3.0807737589468562, -21.77524466946084}}) {
    check_noise<float>(answer, "noise of 32 bits");
  }
}

/// By mpmath, of one distribution and of a batch of 67 alike.
template <class T>
void check_formulas() {
  const auto column = [](double x, double y, double z) {
    return Eigen::Vector3d(x, y, z).cast<T>().replicate(1, 67).eval();
  };
  const auto are = [](const auto& actual, const auto& expected) {
    return ((actual - expected).array().abs() <= 16 * std::numeric_limits<T>::epsilon() * expected.array().abs()).all();
  };
  const auto logits = column(0.25, -0.5, 1), noise = column(0.5, -1.25, 2), y = column(-1, -2, -0.5);
  const concrete::ExpConcrete q(logits, T(0.75));
  const concrete::ExpConcrete one(logits.col(0).eval(), T(0.75));
  const auto sample = column(-3.0502777922576753, -6.3836111255910086, -0.050277792257675257);
  check(are(q.reparameterize(noise).topRows(2), sample.topRows(2)), "samples of a batch");
  check(near(one.reparameterize(noise.col(0).eval())(2), sample(2, 0), T(64)), "a sample");
  const auto gradient = q.log_prob_gradient(y);
  check(are(gradient.value, Eigen::RowVectorX<T>::Constant(67, T(-3.2266768812478427))), "densities of a batch");
  check(near(one.log_prob(y.col(0).eval()), T(-3.2266768812478427), T(16)), "a density");
  check(are(gradient.logits, column(0.13169104058930948, 0.13169104058930948, -0.26338208117861896)), "a gradient");

  const concrete::LogitBinaryConcrete binary(Vector<T>(Vector<T>::Constant(67, T(0.25))), T(0.75));
  const Vector<T> points = Vector<T>::Constant(67, T(1.5));
  const auto all_are = [&](const auto& actual, double expected) {
    return are(actual, Vector<T>(Vector<T>::Constant(67, static_cast<T>(expected))));
  };
  check(near(binary.log_prob(points), T(67 * -1.8595712344618924), T(16)), "a density of binary variables");
  check(all_are(binary.cdf(points), 0.70578502783701123), "a distribution function");
  check(all_are(binary.quantile(Vector<T>(Vector<T>::Constant(67, T(0.70578502783701123)))), 1.5), "a quantile");
  check(all_are(binary.to_concrete_gradient(points, Vector<T>(Vector<T>::Ones(67))), 0.14914645207033286), "a slope");
}

/// As tests/exact has them, by another method.
template <class T>
void check_exact() {
  const concrete::ExpConcrete q(Eigen::Vector2d(1.5, -1.25).cast<T>().eval(), T(0.6875));
  const concrete::ExpConcrete p(Eigen::Vector2d(-0.25, 0.75).cast<T>().eval(), T(0.34375));
  check(near(kl_divergence(q, p), T(1.317111302626120723106151L), T(1000)), "a divergence");
  const concrete::Concrete categorical(Eigen::Vector2d(1.5, -1.25).cast<T>().eval(), T(0.05078125));
  check(near(mean(categorical)(0), T(0.9397023756372594053675823L), T(1000)), "a mean of a categorical variable");
  check(near(variance(categorical)(0), T(0.0537858549466528575701812L), T(1000)),
        "a variance of a categorical variable");
  const concrete::BinaryConcrete binary(Vector<T>(Vector<T>::Constant(1, T(1.25))), T(0.5));
  check(near(mean(binary)(0), T(0.746598744817580272167218L), T(1000)), "a mean");
  check(near(variance(binary)(0), T(0.1063254476201241902853616L), T(1000)), "a variance");
}

void check_message() {
  std::string message;
  try {
    concrete::ExpConcrete(Eigen::Vector3d(0.3, -0.5, 0.9), -0.5);
  } catch (const std::invalid_argument& error) {
    message = error.what();
  }
  check(message == "temperature must be finite and > 0, but was -0.5", "what is said of a wrong argument");
}

}  // namespace

int main() {
  check_engine();
  check_noise();
  check_formulas<float>();
  check_formulas<double>();
  check_exact<float>();
  check_exact<double>();
  check_message();
  return testing::exit_status();
}
