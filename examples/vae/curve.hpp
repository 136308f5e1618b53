#pragma once

#include <string>
#include <vector>

#include "vae/metrics.hpp"

namespace vae {

/// The bounds against the steps, as the bytes of a PNG file.
std::string draw_curve(const std::vector<MetricsRow>& rows);

/// Round numbers, about `count` of them, that divide up [low, high].
std::vector<double> tick_positions(double low, double high, int count);

}  // namespace vae
