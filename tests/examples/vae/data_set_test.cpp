#include "vae/data_set.hpp"

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "support.hpp"
#include "vae/error.hpp"

using Catch::Matchers::ContainsSubstring;
using vae::Index;

TEST_CASE("data set: the embedded digits are there", "[vae]") {
  const vae::DataSet data =
      vae::load_data_set(std::filesystem::path(__FILE__).parent_path() / "../../../examples/vae/data");
  CHECK(data.train.count() == 1500);
  CHECK(data.test.count() == 297);
  CHECK(data.train.height == 8);
  CHECK(data.train.width == 8);
  CHECK_FALSE(vae::is_black_and_white(data.train));
}

TEST_CASE("data set: both names of a test file will do, gzipped or not", "[vae]") {
  const std::string train = idx_file(made_up_images(3, 2, 2, 1, true));
  const std::string test = idx_file(made_up_images(2, 2, 2, 2, true));
  for (const char* name : {"test-images", "set-test-images-idx3-ubyte", "t10k-images-idx3-ubyte"}) {
    TemporaryFolder folder;
    write_gzip(folder / "my-train-images-idx3-ubyte.gz", train);
    write_file(folder / "train-labels", "not looked at");
    write_file(folder / name, test);
    const vae::DataSet data = vae::load_data_set(folder.text());
    CHECK(data.train.count() == 3);
    CHECK(data.test.count() == 2);
  }
}

TEST_CASE("data set: missing and ambiguous files", "[vae]") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(vae::load_data_set(folder / "none"), folder.text() + "/none: No such file or directory");
  CHECK_THROWS_WITH(vae::load_data_set(folder.text()), folder.text() + ": holds no file *train-images*");
  write_data_set(folder, {made_up_images(3, 2, 2, 1, true), made_up_images(2, 2, 2, 2, true)});
  write_file(folder / "train-images.gz", "the same, zipped: never read");
  CHECK(vae::load_data_set(folder.text()).train.count() == 3);
  write_file(folder / "train-images.md5", "");
  CHECK_THROWS_WITH(vae::load_data_set(folder.text()),
                    folder.text() + ": cannot choose between train-images and train-images.md5");
  std::filesystem::remove(folder / "train-images.md5");
  std::filesystem::remove(folder / "test-images");
  CHECK_THROWS_WITH(vae::load_data_set(folder.text()),
                    folder.text() + ": holds no file *test-images* or *t10k-images*");
}

TEST_CASE("data set: training and test images of different sizes", "[vae]") {
  TemporaryFolder folder;
  write_data_set(folder, {made_up_images(3, 2, 3, 1, true), made_up_images(2, 3, 2, 2, true)});
  CHECK_THROWS_WITH(vae::load_data_set(folder.text()),
                    ContainsSubstring("test-images: its images are 3 x 2") && ContainsSubstring("are 2 x 3"));
}

TEST_CASE("data set: validation images, if there are any", "[vae]") {
  for (const char* name : {"valid-images", "my-valid-images-idx3-ubyte", "validation-images"}) {
    TemporaryFolder folder;
    write_data_set(folder, {made_up_images(3, 2, 2, 1, true), made_up_images(2, 2, 2, 2, true)});
    CHECK(vae::load_data_set(folder.text()).validation.count() == 0);
    const vae::Images validation = made_up_images(4, 2, 2, 3, true);
    write_file(folder / name, idx_file(validation));
    CHECK(vae::load_data_set(folder.text()).validation.bytes == validation.bytes);
    write_file(folder / name, idx_file(made_up_images(4, 1, 4, 3, true)));
    CHECK_THROWS_WITH(vae::load_data_set(folder.text()), (folder / name).string() +
                                                             ": its images are 1 x 4, but those of " +
                                                             (folder / "train-images").string() + " are 2 x 2");
    write_file(folder / "other-validation-images", "");
    CHECK_THROWS_WITH(vae::load_data_set(folder.text()), ContainsSubstring("cannot choose between"));
  }
}

TEST_CASE("data set: the last training images are held out", "[vae]") {
  const vae::DataSet all{made_up_images(5, 2, 3, 1, false), made_up_images(2, 2, 3, 2, false)};
  vae::DataSet data = all;
  vae::hold_out(data, 2);
  CHECK(data.train.count() == 3);
  CHECK(data.validation.count() == 2);
  CHECK(data.validation.height == 2);
  CHECK(data.validation.width == 3);
  std::vector<std::uint8_t> together = data.train.bytes;
  together.insert(together.end(), data.validation.bytes.begin(), data.validation.bytes.end());
  CHECK(together == all.train.bytes);
  CHECK(data.test.bytes == all.test.bytes);

  CHECK_THROWS_WITH(vae::hold_out(data, 1), "--hold-out is for data without validation images of their own");
  data = all;
  CHECK_THROWS_AS(vae::hold_out(data, 6), vae::UsageError);
  CHECK_THROWS_WITH(vae::hold_out(data, 5), "--hold-out 5 leaves nothing of the 5 training images");
  CHECK(data.train.bytes == all.train.bytes);
  vae::hold_out(data, 4);
  CHECK(data.train.count() == 1);
}

TEST_CASE("data set: indices from all over", "[vae]") {
  const vae::Images ten = made_up_images(10, 1, 1, 1, true);
  CHECK(vae::spread_indices(ten, 1) == std::vector<Index>{0});
  CHECK(vae::spread_indices(ten, 4) == std::vector<Index>{0, 2, 5, 7});
  CHECK(vae::spread_indices(ten, 10) == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(vae::spread_indices(ten, 99) == vae::spread_indices(ten, 10));
  CHECK(vae::spread_indices({1, 1, {}}, 3).empty());
}

TEST_CASE("data set: mean image, kept away from 0 and 1", "[vae]") {
  const vae::Images images{1, 3, {0, 51, 255, 0, 102, 255}};
  const vae::Vector<float> mean = vae::mean_image(images);
  CHECK(mean[0] == 0.001F);
  CHECK(mean[1] == Catch::Approx(0.3));
  CHECK(mean[2] == 0.999F);
}

TEST_CASE("data set: black and white images stay as they are", "[vae]") {
  const vae::Images images = made_up_images(5, 3, 3, 4, true);
  REQUIRE(vae::is_black_and_white(images));
  vae::Engine engine(1);
  const vae::Matrix<float> x = vae::binarised_subset(images, 2, engine);
  REQUIRE(x.cols() == 3);
  for (Index j = 0; j < 3; ++j) {
    for (Index p = 0; p < 9; ++p) CHECK(x(p, j) == (images.image(2 * j)[p] == 255 ? 1.0F : 0.0F));
  }
  CHECK(engine == vae::Engine(1));
}

TEST_CASE("data set: grey pixels turn into ink as often as they are dark", "[vae]") {
  const vae::Images images{1, 4, {0, 1, 100, 255}};
  const Index n = 40'000;
  vae::Engine engine(3);
  vae::Matrix<float> x;
  vae::Binariser(images).draw(std::vector<Index>(static_cast<std::size_t>(n), 0), engine, x);
  CHECK((x.array() == 0.0F || x.array() == 1.0F).all());
  for (Index p = 0; p < 4; ++p) {
    const double grey = images.bytes[static_cast<std::size_t>(p)] / 255.0;
    // Five standard deviations: p = 6e-7, none at all at the ends.
    const double allowed = 5 * std::sqrt(grey * (1 - grey) / static_cast<double>(n));
    CHECK(std::abs(x.row(p).cast<double>().mean() - grey) <= allowed);
  }
}

TEST_CASE("data set: every image once an epoch, in an order that changes", "[vae]") {
  vae::Shuffle shuffle(10, vae::Engine(5));
  std::vector<Index> seen, batch(4);
  for (int k = 0; k < 5; ++k) {  // two epochs: the third batch reaches over the end of the first
    shuffle.next(batch);
    seen.insert(seen.end(), batch.begin(), batch.end());
  }
  const std::vector<Index> first(seen.begin(), seen.begin() + 10), second(seen.begin() + 10, seen.end());
  CHECK(first != second);
  for (std::vector<Index> epoch : {first, second}) {
    std::sort(epoch.begin(), epoch.end());
    CHECK(epoch == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
}

TEST_CASE("data set: all orders are equally likely", "[vae]") {
  vae::Shuffle shuffle(3, vae::Engine(6));
  std::vector<Index> order(3);
  const int n = 6000;
  double counts[27] = {};
  for (int k = 0; k < n; ++k) {
    shuffle.next(order);
    ++counts[9 * order[0] + 3 * order[1] + order[2]];
  }
  double chi2 = 0;
  for (const int code : {0 + 3 + 2, 0 + 6 + 1, 9 + 0 + 2, 9 + 6 + 0, 18 + 0 + 1, 18 + 3 + 0}) {
    chi2 += (counts[code] - n / 6.0) * (counts[code] - n / 6.0) / (n / 6.0);
  }
  CHECK(chi2 < 25.7);  // 5 degrees of freedom, p = 1e-4
}

TEST_CASE("data set: the checksum sees size and pixels", "[vae]") {
  const vae::Images images{2, 3, {1, 2, 3, 4, 5, 6}};
  CHECK(vae::checksum(images) == vae::checksum({2, 3, {1, 2, 3, 4, 5, 6}}));
  CHECK(vae::checksum(images) != vae::checksum({3, 2, {1, 2, 3, 4, 5, 6}}));
  CHECK(vae::checksum(images) != vae::checksum({2, 3, {1, 2, 3, 4, 5, 7}}));
}
