#include "vae/container.hpp"

#include <cstdint>
#include <vector>

#include "catch.hpp"
#include "support.hpp"
#include "vae/files.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

constexpr vae::FileKind kind{"vae-test", "a test", 3};

/// Payload of every byte there is.
std::string some_payload() {
  std::string payload;
  for (int byte = 0; byte < 256; ++byte) payload += static_cast<char>(byte);
  return payload;
}

}  // namespace

TEST_CASE("container: a file byte by byte", "[vae]") {
  TemporaryFolder folder;
  vae::write_payload(folder / "c", kind, "123456789");
  // The checksum is the check value that CRC-32 is known by, 0xCBF43926.
  CHECK(vae::read_file(folder / "c") ==
        "vae-test" + std::string("\x03\0\0\0\x26\x39\xF4\xCB\x09\0\0\0\0\0\0\0", 16) + "123456789");
  CHECK(vae::read_payload(folder / "c", kind) == "123456789");
  vae::write_payload(folder / "c", kind, "");
  CHECK(vae::read_payload(folder / "c", kind).empty());
  vae::write_payload(folder / "c", kind, some_payload());
  CHECK(vae::read_payload(folder / "c", kind) == some_payload());
}

TEST_CASE("container: any damage is noticed", "[vae]") {
  TemporaryFolder folder;
  vae::write_payload(folder / "c", kind, some_payload());
  const std::string good = vae::read_file(folder / "c");
  for (std::size_t place = 0; place < good.size(); ++place) {
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 0x10);
    write_file(folder / "c", bad);
    INFO("byte " << place);
    CHECK_THROWS_WITH(vae::read_payload(folder / "c", kind), ContainsSubstring((folder / "c").string() + ": is "));
  }
}

TEST_CASE("container: cut short, or another file", "[vae]") {
  TemporaryFolder folder;
  vae::write_payload(folder / "c", kind, some_payload());
  const std::string good = vae::read_file(folder / "c");
  for (const std::size_t size : {std::size_t{8}, std::size_t{23}, std::size_t{24}, good.size() / 2, good.size() - 1}) {
    write_file(folder / "c", good.substr(0, size));
    CHECK_THROWS_WITH(vae::read_payload(folder / "c", kind), ContainsSubstring("c: is truncated"));
  }
  write_file(folder / "c", good.substr(0, 100));
  CHECK_THROWS_WITH(vae::read_payload(folder / "c", kind), ContainsSubstring("c: is truncated: 76 of 256 bytes"));
  for (const std::string& foreign : {std::string(), std::string("vae"), std::string("step,epoch,train_bound\n")}) {
    write_file(folder / "c", foreign);
    CHECK_THROWS_WITH(vae::read_payload(folder / "c", kind), ContainsSubstring("c: is not a test of this program"));
  }
  write_file(folder / "c", good + "x");
  CHECK_THROWS_WITH(vae::read_payload(folder / "c", kind), ContainsSubstring("c: is damaged"));
  CHECK_THROWS_WITH(vae::read_payload(folder / "none", kind), ContainsSubstring("none: cannot be read: No such file"));
}

TEST_CASE("container: of another version", "[vae]") {
  TemporaryFolder folder;
  vae::write_payload(folder / "c", kind, some_payload());
  std::string bytes = vae::read_file(folder / "c");
  for (const int version : {0, 2, 4}) {
    bytes[8] = static_cast<char>(version);
    write_file(folder / "c", bytes);
    CHECK_THROWS_WITH(vae::read_payload(folder / "c", kind), (folder / "c").string() + ": is a test of version " +
                                                                 std::to_string(version) +
                                                                 ", but this program reads version 3");
  }
}

TEST_CASE("container: objects", "[vae]") {
  TemporaryFolder folder;
  vae::Vector<float> vector = vae::Vector<float>::LinSpaced(5, 0, 1);
  vae::write_object(folder / "c", kind, vector);
  CHECK(vae::read_object<vae::Vector<float>>(folder / "c", kind) == vector);
  vae::Engine engine(3);
  engine.discard(100);
  CHECK(vae::from_bytes<vae::Engine>(vae::to_bytes(engine)) == engine);

  // A payload that is whole, but of something else.
  vae::write_payload(folder / "c", kind, "short");
  CHECK_THROWS_WITH(vae::read_object<vae::Vector<float>>(folder / "c", kind),
                    ContainsSubstring((folder / "c").string() + ": is damaged: "));
  vae::write_object(folder / "c", kind, std::string("no engine"));
  CHECK_THROWS_WITH(vae::read_object<vae::Engine>(folder / "c", kind),
                    (folder / "c").string() + ": is damaged: not the state of a random number engine");
}

TEST_CASE("container: an object's bytes, no less and no more", "[vae]") {
  const std::vector<std::int32_t> numbers{1, -2, 3};
  const std::string bytes = vae::to_bytes(numbers);
  CHECK(vae::from_bytes<std::vector<std::int32_t>>(bytes) == numbers);
  CHECK_THROWS_AS(vae::from_bytes<std::vector<std::int32_t>>(bytes.substr(0, bytes.size() - 1)), cereal::Exception);
  CHECK_THROWS_AS(vae::from_bytes<std::vector<std::int32_t>>(bytes + 'x'), cereal::Exception);
}
