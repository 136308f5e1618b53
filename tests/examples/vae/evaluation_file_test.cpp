#include "vae/evaluation_file.hpp"

#include "catch.hpp"
#include "support.hpp"
#include "vae/files.hpp"

using Catch::Matchers::ContainsSubstring;
using vae::Index;

namespace {

std::unique_ptr<vae::Model<float>> made_up_model() {
  auto model = vae::make_model<float>({4, {vae::LatentKind::binary, 2, 2}, vae::LayerKind::linear},
                                      vae::Vector<float>::Constant(4, 0.5F));
  vae::Engine engine(1);
  model->initialise(engine);
  return model;
}

vae::Likelihoods half_done() {
  vae::Likelihoods likelihoods(3, 50);
  likelihoods.one_sample[1] = -5;
  likelihoods.importance[1] = -4.25;
  likelihoods.variance[1] = 0.125;
  return likelihoods;
}

}  // namespace

TEST_CASE("evaluation file: what is loaded is what was saved", "[vae]") {
  TemporaryFolder folder;
  const auto model = made_up_model();
  const vae::Matrix<float> images = vae::Matrix<float>::Identity(4, 3);
  const vae::EvaluationFile file(folder / "e", *model, images, 7);
  CHECK(file.load(50).done() == 0);  // no file yet
  file.save(half_done());
  const vae::Likelihoods again = vae::EvaluationFile(folder / "e", *model, images, 7).load(50);
  CHECK(again.samples == 50);
  CHECK(again.done() == 1);
  CHECK(again.one_sample[1] == -5);
  CHECK(again.importance[1] == -4.25);
  CHECK(again.variance[1] == 0.125);
  file.save(again);
  const std::string bytes = vae::read_file(folder / "e");
  file.save(half_done());
  CHECK(vae::read_file(folder / "e") == bytes);
}

TEST_CASE("evaluation file: of something else, it begins anew", "[vae]") {
  TemporaryFolder folder;
  const auto model = made_up_model();
  const vae::Matrix<float> images = vae::Matrix<float>::Identity(4, 3);
  vae::EvaluationFile(folder / "e", *model, images, 7).save(half_done());
  const auto done = [&](const vae::Model<float>& of, const vae::Matrix<float>& on, std::uint64_t seed, Index samples) {
    const vae::Likelihoods likelihoods = vae::EvaluationFile(folder / "e", of, on, seed).load(samples);
    CHECK(likelihoods.samples == samples);
    CHECK(likelihoods.importance.size() == static_cast<std::size_t>(on.cols()));
    return likelihoods.done();
  };
  REQUIRE(done(*model, images, 7, 50) == 1);
  CHECK(done(*model, images, 8, 50) == 0);
  CHECK(done(*model, images, 7, 51) == 0);
  CHECK(done(*model, images.leftCols(2), 7, 50) == 0);
  vae::Matrix<float> other_images = images;
  other_images(3, 2) = 1;
  CHECK(done(*model, other_images, 7, 50) == 0);
  const auto other_weights = vae::copy_of(*model), other_centres = vae::copy_of(*model);
  other_weights->parameters()[5] += 1e-3F;
  CHECK(done(*other_weights, images, 7, 50) == 0);
  other_centres->centres()[0] += 1e-3F;
  CHECK(done(*other_centres, images, 7, 50) == 0);
}

TEST_CASE("evaluation file: truncated or damaged", "[vae]") {
  TemporaryFolder folder;
  const auto model = made_up_model();
  const vae::EvaluationFile file(folder / "e", *model, vae::Matrix<float>::Identity(4, 3), 7);
  file.save(half_done());
  const std::string good = vae::read_file(folder / "e");
  write_file(folder / "e", good.substr(0, good.size() - 1));
  CHECK_THROWS_WITH(file.load(50), ContainsSubstring((folder / "e").string() + ": is truncated: "));
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  write_file(folder / "e", bad);
  CHECK_THROWS_WITH(file.load(50), (folder / "e").string() + ": is damaged: its checksum does not fit");
  write_file(folder / "e", "step,epoch\n");
  CHECK_THROWS_WITH(file.load(50), (folder / "e").string() + ": is not an evaluation of this program");
  CHECK_THROWS_WITH(vae::EvaluationFile(folder / "none" / "e", *model, vae::Matrix<float>(4, 3), 7).save(half_done()),
                    ContainsSubstring("cannot be written: No such file"));
}
