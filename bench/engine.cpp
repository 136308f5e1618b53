// What does a random word cost?
//
//   BM_fill        Engine::fill, of so many words
//   BM_calls       the same number of calls, of the library's engine or one of the standard library
//   BM_construct   an engine of a seed and a stream
//
// The counter "per_word" is the time of one word of 32 bits.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "concrete/noise/engine.hpp"

namespace {

using concrete::Engine;

void report(benchmark::State& state) {
  state.counters["per_word"] = benchmark::Counter(
      static_cast<double>(state.range(0)), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void BM_fill(benchmark::State& state) {
  Engine engine(1);
  std::vector<std::uint32_t> words(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    engine.fill(words);
    benchmark::DoNotOptimize(words.data());
    benchmark::ClobberMemory();
  }
  report(state);
}

template <class Source>
void BM_calls(benchmark::State& state) {
  Source engine(1);
  std::vector<std::uint32_t> words(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(engine());
    benchmark::DoNotOptimize(words.data());
    benchmark::ClobberMemory();
  }
  report(state);
}

void BM_construct(benchmark::State& state) {
  std::uint64_t stream = 0;
  for (auto _ : state) {
    Engine engine(1, ++stream);
    benchmark::DoNotOptimize(engine);
  }
}

BENCHMARK(BM_fill)->Arg(10)->Arg(256)->Arg(8192);
BENCHMARK_TEMPLATE(BM_calls, Engine)->Arg(8192);
BENCHMARK_TEMPLATE(BM_calls, std::mt19937)->Arg(8192);
BENCHMARK_TEMPLATE(BM_calls, std::mt19937_64)->Arg(8192);
BENCHMARK(BM_construct);

}  // namespace
