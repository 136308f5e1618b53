#pragma once

/// \file
/// All of concrete in one include: Concrete (Gumbel-Softmax) distributions over Eigen.
///
///   noise/          the randomness that samplers consume: uniforms, Gumbel and Logistic variables from any engine, and
///                   an engine of its own
///   distributions/  Concrete, ExpConcrete, BinaryConcrete, LogitBinaryConcrete and their limits Discrete, Bernoulli
///   exact/          their entropy, moments and divergences, without sampling
///   training/       what a model that learns with them needs: bounds, KL terms, temperatures
///   print.hpp       distributions as text, unless EIGEN_NO_IO is defined, Eigen's macro for programs without streams

#include "concrete/distributions/bernoulli.hpp"
#include "concrete/distributions/binary_concrete.hpp"
#include "concrete/distributions/concrete.hpp"
#include "concrete/distributions/discrete.hpp"
#include "concrete/distributions/exp_concrete.hpp"
#include "concrete/distributions/logit_binary_concrete.hpp"
#include "concrete/distributions/parameters.hpp"
#include "concrete/exact/entropy.hpp"
#include "concrete/exact/kl_divergence.hpp"
#include "concrete/exact/mode.hpp"
#include "concrete/exact/moments.hpp"
#include "concrete/noise/engine.hpp"
#include "concrete/noise/gumbel.hpp"
#include "concrete/noise/logistic.hpp"
#include "concrete/noise/uniform.hpp"
#include "concrete/training/importance_weighted.hpp"
#include "concrete/training/relaxed_kl.hpp"
#include "concrete/training/temperature.hpp"
#include "concrete/version.hpp"

#if !defined(EIGEN_NO_IO)
#include "concrete/print.hpp"
#endif
