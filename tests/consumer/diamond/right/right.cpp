#include <cstdint>

#include <concrete/noise/engine.hpp>

std::uint64_t right();

std::uint64_t right() { return concrete::Engine(1)(); }
