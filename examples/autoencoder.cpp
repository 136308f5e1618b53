// A variational auto-encoder with discrete latent variables, whole: images of bars, linear layers, Adam.
//
//   c++ -std=c++20 -O2 -I include -isystem /usr/include/eigen3 examples/autoencoder.cpp -o autoencoder
//   ./autoencoder [binary | categorical] [seed]
//
// Every image is a set of rows and columns, each there with probability 1/4. Eight variables describe one, and training
// has to find out how. Gradients flow through variables relaxed to (0, 1); the bound that is printed, on log p(image) in
// nats, is that of the discrete model.

#include <algorithm>
#include <cmath>
#include <concrete/concrete.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>
#include <vector>

using concrete::Engine, Eigen::Index, Eigen::MatrixXf, Eigen::VectorXf;

constexpr Index side = 4, pixels = side * side, bars = 2 * side, batch = 100;
const float bar_logit = std::log(0.25F / 0.75F);

/// The bars as columns of pixels: first the rows of an image, then its columns.
MatrixXf bar_images() {
  MatrixXf result = MatrixXf::Zero(pixels, bars);
  for (Index i = 0; i < side; ++i) {
    for (Index j = 0; j < side; ++j) result(i * side + j, i) = result(i * side + j, side + j) = 1;
  }
  return result;
}

MatrixXf draw_images(Engine& engine) {
  const concrete::BernoulliXf is_there(VectorXf::Constant(bars, bar_logit));
  return (bar_images() * is_there.sample(engine, batch)).cwiseMin(1.F);
}

/// Of the images, in nats: what no bound can beat. Some sets of bars make the same image, as all rows do with any columns.
double entropy_of_images() {
  const concrete::BernoulliXf is_there(VectorXf::Constant(bars, bar_logit));
  std::map<std::vector<float>, double> mass;
  for (unsigned set = 0; set < 1U << bars; ++set) {
    const VectorXf bits = VectorXf::NullaryExpr(bars, [set](Index k) { return static_cast<float>(set >> k & 1); });
    const VectorXf image = (bar_images() * bits).cwiseMin(1.F);
    mass[{image.begin(), image.end()}] += static_cast<double>(std::exp(is_there.log_prob(bits)));
  }
  double sum = 0;
  for (const auto& [image, p] : mass) sum -= p * std::log(p);
  return sum;
}

/// Parameters that move by Adam.
struct Parameters {
  MatrixXf value, mean = 0 * value, square = 0 * value;

  void move(const MatrixXf& gradient, int step) {
    mean = 0.9F * mean + 0.1F * gradient;
    square = 0.999F * square + 0.001F * gradient.cwiseAbs2();
    const double rate = 0.02 * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step));
    value.array() -= static_cast<float>(rate) * mean.array() / (square.array().sqrt() + 1e-8F);
  }
};

// ---- Latent variables, of which the encoder gives the logits ----

/// Eight binary variables.
struct Binary {
  static constexpr Index units = bars;  // numbers for the decoder, and logits for them
  concrete::LogitBinaryConcrete<MatrixXf> q;
  concrete::LogitBinaryConcrete<VectorXf> p;

  Binary(const MatrixXf& logits, const VectorXf& prior) : q(logits, 2.F / 3), p(prior, 0.5F) {}
  static VectorXf rare() { return VectorXf::Constant(bars, -1); }
};

/// Eight variables of three categories, a column each: 3 x 8 numbers for an image.
struct Categorical {
  static constexpr Index units = 3 * bars;
  concrete::ExpConcrete<MatrixXf> q, p;

  Categorical(const MatrixXf& logits, const VectorXf& prior)
      : q(logits.reshaped(3, bars * batch), 2.F / 3), p(prior.reshaped(3, bars), 0.5F) {}
  static VectorXf rare() { return Eigen::Vector3f(0, -1, -1).replicate(bars, 1); }
};

template <class Latent>
struct Model {
  static constexpr Index units = Latent::units;
  Parameters encoder{0.1F * MatrixXf::Random(units, pixels)}, encoder_bias{Latent::rare()};
  Parameters decoder{0.1F * MatrixXf::Random(pixels, units).cwiseAbs()}, decoder_bias{-MatrixXf::Ones(pixels, 1)};
  Parameters prior{Latent::rare()};

  Latent encode(const MatrixXf& x) const {
    return {(encoder.value * x).colwise() + encoder_bias.value.col(0), prior.value};
  }
  MatrixXf decode(const MatrixXf& z) const { return (decoder.value * z).colwise() + decoder_bias.value.col(0); }

  void train(const MatrixXf& x, Engine& engine, int step) {
    const auto [q, p] = encode(x);
    const MatrixXf y = q.sample(engine);                         // log z, or logit z
    const MatrixXf z = q.to_concrete(y).reshaped(units, batch);  // in (0, 1)
    const MatrixXf pixel_means = (1 + (-decode(z).array()).exp()).inverse();
    const MatrixXf d_pixels = (pixel_means - x) / batch;  // of the loss, minus the mean bound
    const MatrixXf d_z = (decoder.value.transpose() * d_pixels).reshaped(y.rows(), y.cols());
    const auto through_sample = q.pathwise_gradient(y, q.to_concrete_gradient(y, d_z));
    const auto kl = discrete_kl_gradient(q, p, 1.F / batch);
    const MatrixXf d_latent = (through_sample.logits + kl.q.logits).reshaped(units, batch);

    decoder.move(d_pixels * z.transpose(), step);
    decoder.value = decoder.value.cwiseMax(0.F).eval();  // a bar adds light
    decoder_bias.move(d_pixels.rowwise().sum(), step);
    encoder.move(d_latent * x.transpose(), step);
    encoder_bias.move(d_latent.rowwise().sum(), step);
    prior.move(kl.p.logits.reshaped(units, 1), step);
  }

  /// log p(x | z) - KL of the discrete model, a sample z for each image.
  float bound(const MatrixXf& x, Engine& engine) const {
    const auto [q, p] = encode(x);
    const MatrixXf logits = decode(q.discrete().sample(engine).reshaped(units, batch));
    const auto softplus = logits.array().max(0) + (-logits.array().abs()).exp().log1p();
    const float log_likelihood = (x.array() * logits.array() - softplus).sum();
    return (log_likelihood - discrete_kl(q, p).sum()) / batch;
  }
};

template <class Latent>
void run(Engine& engine) {
  Model<Latent> model;
  double bound = 0;
  for (int step = 1; step <= 6000; ++step) {
    model.train(draw_images(engine), engine, step);
    bound += (static_cast<double>(model.bound(draw_images(engine), engine)) - bound) / std::min(step, 500);
    if (step % 1000 == 0) std::printf("step %d: bound %.2f\n", step, bound);
  }
  std::printf("minus the entropy of the images: %.2f\n\nwhat each variable adds to an image:\n", -entropy_of_images());
  for (Index i = 0; i < side; ++i) {
    for (Index k = 0; k < Latent::units; ++k) {
      for (Index j = 0; j < side; ++j) std::putchar(model.decoder.value(i * side + j, k) > 2 ? '#' : '.');
      std::putchar(k + 1 < Latent::units ? ' ' : '\n');
    }
  }
}

int main(int argc, char** argv) {
  const unsigned seed = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1;
  std::srand(seed);  // of Eigen's Random()
  Engine engine(seed);
  argc > 1 && argv[1] == std::string_view("categorical") ? run<Categorical>(engine) : run<Binary>(engine);
}
