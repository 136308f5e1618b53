#include "vae/communicator.hpp"

#include <type_traits>

#include "catch.hpp"

TEST_CASE("communicator: one process needs nobody", "[vae]") {
  vae::Communicator alone;
  CHECK(alone.rank() == 0);
  CHECK(alone.size() == 1);
  CHECK(alone.is_root());

  std::vector<float> values{1.5f, -0.1f, 3e38f};
  const std::vector<float> expected = values;
  alone.average(values);
  CHECK(values == expected);
  alone.average({});

  CHECK(alone.any(true));
  CHECK_FALSE(alone.any(false));

  const std::string text("a\0b", 3);
  CHECK(alone.gather(text) == std::vector<std::string>{text});
  std::string same = text;
  alone.broadcast(same);
  CHECK(same == text);
}

TEST_CASE("communicator: there is one of it", "[vae]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<vae::Communicator>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<vae::Communicator>);
}
