#include "vae/data_set.hpp"

#include "catch.hpp"
#include "support.hpp"
#include "vae/error.hpp"

using Catch::Matchers::ContainsSubstring;

TEST_CASE("data set: the digits among the sources", "[vae]") {
  const vae::DataSet data =
      vae::load_data_set(std::filesystem::path(__FILE__).parent_path() / "../../../examples/vae/data");
  CHECK(data.train.count() == 1500);
  CHECK(data.test.count() == 297);
  CHECK(data.train.height == 8);
  CHECK(data.train.width == 8);
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
  write_file(folder / "train-images-old", "sorts between the two that are one");
  CHECK_THROWS_WITH(vae::load_data_set(folder.text()),
                    folder.text() + ": cannot choose between train-images and train-images-old");
  std::filesystem::remove(folder / "train-images-old");
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

TEST_CASE("data set: mean image, kept away from 0 and 1", "[vae]") {
  const vae::Images images{1, 3, {0, 51, 255, 0, 102, 255}};
  const vae::Vector<float> mean = vae::mean_image(images);
  CHECK(mean[0] == 0.001F);
  CHECK(mean[1] == Catch::Approx(0.3));
  CHECK(mean[2] == 0.999F);
}

TEST_CASE("data set: the checksum sees size and pixels", "[vae]") {
  const vae::Images images{2, 3, {1, 2, 3, 4, 5, 6}};
  CHECK(vae::checksum(images) == vae::checksum({2, 3, {1, 2, 3, 4, 5, 6}}));
  CHECK(vae::checksum(images) != vae::checksum({3, 2, {1, 2, 3, 4, 5, 6}}));
  CHECK(vae::checksum(images) != vae::checksum({2, 3, {1, 2, 3, 4, 5, 7}}));
}
