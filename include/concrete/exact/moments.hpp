#pragma once

/// \file
/// Means, with their gradients, variances and covariances.

#include "concrete/exact/mean.hpp"
#include "concrete/exact/variance.hpp"
