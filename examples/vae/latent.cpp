#include "vae/latent.hpp"

#include <concrete/concrete.hpp>
#include <optional>
#include <utility>

namespace vae {
namespace {

/// Units of two states, fed to the decoder as ±1. The units of one image are one column of a distribution, whose
/// entries are independent.
template <class Real>
class BinaryUnits {
 public:
  using Scalar = Real;
  using Relaxed = concrete::LogitBinaryConcrete<Matrix<Scalar>>;

  explicit BinaryUnits(const LatentShape& shape) : units_(shape.units) {}

  Index dimension() const { return units_; }
  Index columns() const { return 1; }
  Index code_rows() const { return units_; }

  Matrix<Scalar> codes(Matrix<Scalar> x) const {
    x.array() = 2 * x.array() - 1;
    return x;
  }
  Matrix<Scalar> through_codes(const Matrix<Scalar>& upstream) const { return 2 * upstream; }

 private:
  Index units_;
};

/// Units of n states, each one column of a distribution; one-hot vectors x are fed on as C x, where the columns of C
/// are corners of the hypercube {-1, 1}^bits.
template <class Real>
class CategoricalUnits {
 public:
  using Scalar = Real;
  using Relaxed = concrete::ExpConcrete<Matrix<Scalar>>;

  explicit CategoricalUnits(const LatentShape& shape)
      : units_(shape.units), corners_(code_bits(shape), shape.categories) {
    for (Index k = 0; k < corners_.cols(); ++k) {
      for (Index bit = 0; bit < corners_.rows(); ++bit) corners_(bit, k) = Scalar(((k >> bit) & 1) != 0 ? 1 : -1);
    }
  }

  Index dimension() const { return corners_.cols(); }
  Index columns() const { return units_; }
  Index code_rows() const { return corners_.rows() * units_; }

  Matrix<Scalar> codes(const Matrix<Scalar>& x) const {
    const Matrix<Scalar> unit_codes = corners_ * x;
    return unit_codes.reshaped(code_rows(), x.cols() / units_);
  }
  Matrix<Scalar> through_codes(const Matrix<Scalar>& upstream) const {
    return corners_.transpose() * upstream.reshaped(corners_.rows(), units_ * upstream.cols());
  }

 private:
  Index units_;
  Matrix<Scalar> corners_;  // C
};

template <class Units>
class LatentOf final : public Latent<typename Units::Scalar> {
 public:
  using Scalar = typename Units::Scalar;
  using Relaxed = typename Units::Relaxed;
  using typename Latent<Scalar>::DiscreteSample;

  explicit LatentOf(const LatentShape& shape) : units_(shape) {}

  Index logit_rows() const override { return units_.dimension() * units_.columns(); }
  Index code_rows() const override { return units_.code_rows(); }

  const Matrix<Scalar>& sample(Engine& engine, const Matrix<Scalar>& logits, double temperature,
                               Index samples) override {
    q_.emplace(relaxed(logits, temperature));
    samples_ = samples;
    y_.resize(q_->dimension(), q_->batch_size() * samples);
    log_q_.resize(y_.cols());
    q_->sample_and_log_prob(engine, y_, log_q_);
    kl_ = {};
    return codes_ = units_.codes(Relaxed::to_concrete(y_));
  }

  Row<Scalar> kl(KlTreatment treatment, const Matrix<Scalar>& logits, double temperature) override {
    p_.emplace(relaxed(logits, temperature));
    // A prior for every sample asks for a posterior for every sample.
    const bool wider = p_->batch_size() > q_->batch_size();
    if (wider) q_.emplace(Relaxed(q_->logits().replicate(1, samples_), q_->temperature()));
    switch (treatment) {
      case KlTreatment::relaxed:
        return per_image(concrete::relaxed_kl(*q_, *p_, y_, log_q_));
      case KlTreatment::relaxed_mass:
        return per_image(concrete::relaxed_mass_kl(*q_, *p_, y_));
      case KlTreatment::discrete:
        return per_image(concrete::discrete_kl(*q_, *p_));
      case KlTreatment::exact:
        break;
    }
    return per_image(concrete::kl_divergence(*q_, *p_));
  }

  Matrix<Scalar> kl_gradient(KlTreatment treatment, const Row<Scalar>& kl_upstream) override {
    const Row<Scalar> upstream = per_unit(kl_upstream);
    switch (treatment) {
      case KlTreatment::relaxed:
        return keep_shares(concrete::relaxed_kl_gradient(*q_, *p_, y_, log_q_, upstream));
      case KlTreatment::relaxed_mass:
        return keep_shares(concrete::relaxed_mass_kl_gradient(*q_, *p_, y_, upstream));
      case KlTreatment::discrete:
        return keep_posterior_share(concrete::discrete_kl_gradient(*q_, *p_, upstream));
      case KlTreatment::exact:
        break;
    }
    return keep_posterior_share(concrete::kl_divergence_gradient(*q_, *p_, upstream));
  }

  Matrix<Scalar> posterior_gradient(const Matrix<Scalar>& code_upstream) override {
    Matrix<Scalar> upstream = Relaxed::to_concrete_gradient(y_, units_.through_codes(code_upstream));
    if (kl_.sample.size() != 0) upstream += kl_.sample;
    Matrix<Scalar> gradient = q_->pathwise_gradient(y_, upstream).logits;
    if (kl_.posterior.size() != 0) gradient += kl_.posterior;
    const Index columns = y_.cols() / units_.columns() / samples_;  // B
    if (q_->batch_size() > columns * units_.columns()) {            // a posterior for every sample
      gradient = gradient.reshaped(logit_rows() * columns, samples_).rowwise().sum().eval();
    }
    gradient.resize(logit_rows(), columns);  // the same numbers, grouped by image
    return gradient;
  }

  DiscreteSample sample_discrete(Engine& engine, const Matrix<Scalar>& logits, Index samples) const override {
    DiscreteSample sample;
    sample.states = relaxed(logits, 1).discrete().sample(engine, samples);
    sample.codes = units_.codes(sample.states);
    return sample;
  }

  Row<Scalar> log_mass(const Matrix<Scalar>& logits, const Matrix<Scalar>& states) const override {
    return per_image(relaxed(logits, 1).discrete().log_prob(states));
  }

 private:
  /// One distribution a column, however the logits came.
  Relaxed relaxed(const Matrix<Scalar>& logits, double temperature) const {
    return Relaxed(logits.reshaped(units_.dimension(), logits.size() / units_.dimension()), temperature);
  }

  /// Adds up the columns that belong to one image.
  Row<Scalar> per_image(const Row<Scalar>& per_column) const {
    return per_column.reshaped(units_.columns(), per_column.size() / units_.columns()).colwise().sum();
  }
  Row<Scalar> per_unit(const Row<Scalar>& per_image) const {
    return per_image.replicate(units_.columns(), 1).reshaped(1, units_.columns() * per_image.size());
  }

  /// The posterior's logits act on the KL term directly and, where it is one of the samples, through them: both shares
  /// of the gradient are kept for posterior_gradient(). Returned is the prior's.
  template <class KlGradient>
  Matrix<Scalar> keep_shares(const KlGradient& gradient) {
    kl_.sample = gradient.sample;
    return keep_posterior_share(gradient);
  }
  template <class KlGradient>
  Matrix<Scalar> keep_posterior_share(const KlGradient& gradient) {
    kl_.posterior = gradient.q.logits;
    return gradient.p.logits.reshaped(logit_rows(), gradient.p.logits.size() / logit_rows());
  }

  struct KlShare {
    Matrix<Scalar> sample, posterior;
  };

  Units units_;
  std::optional<Relaxed> q_, p_;
  Index samples_ = 0;
  Matrix<Scalar> y_;      // the latest sample, on the log or logit scale
  Row<Scalar> log_q_;     // its density, from the noise it was made of
  Matrix<Scalar> codes_;  // and what the layers around it get
  KlShare kl_;            // the KL term's share of the gradient with respect to them
};

}  // namespace

template <class Scalar>
std::unique_ptr<Latent<Scalar>> make_latent(const LatentShape& shape) {
  if (shape.kind == LatentKind::binary) return std::make_unique<LatentOf<BinaryUnits<Scalar>>>(shape);
  return std::make_unique<LatentOf<CategoricalUnits<Scalar>>>(shape);
}

template std::unique_ptr<Latent<VAE_SCALAR>> make_latent(const LatentShape&);

}  // namespace vae
