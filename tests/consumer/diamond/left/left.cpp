#include <cstdint>

#include <concrete/noise/engine.hpp>

std::uint64_t left();

std::uint64_t left() { return concrete::Engine(1)(); }
