#pragma once

#include "concrete/exact/mean.hpp"
#include "concrete/exact/variance.hpp"
