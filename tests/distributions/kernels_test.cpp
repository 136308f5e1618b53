#include "concrete/distributions/kernels.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "concrete/distributions/binary_concrete.hpp"
#include "concrete/distributions/exp_concrete.hpp"
#include "concrete/noise/engine.hpp"

namespace {

using concrete::detail::OneColumn;
using concrete::detail::Strips;

template <class Logits, class Points>
using Categorical =
    concrete::detail::StaticSize<concrete::detail::ConcreteFormulas<typename Logits::Scalar>, Logits, Points>;

template <class Logits, class Points>
using Binary =
    concrete::detail::StaticSize<concrete::detail::BinaryConcreteFormulas<typename Logits::Scalar>, Logits, Points>;

template <class>
inline constexpr const char* name = "strips";
template <class T>
inline constexpr const char* name<OneColumn<T>> = "one column";
template <class T, int rows>
requires(rows != Eigen::Dynamic) inline constexpr const char* name<OneColumn<T, rows>> = "tiny column";

/// Tells how it was called.
struct Recorder {
  struct {
    bool may_be_masked;
  } logits;
  bool packed;
  std::string* way;

  bool is_packed() const { return packed; }
  template <class Loops>
  void operator()(std::type_identity<Loops>) const {
    *way = name<Loops>;
  }
};

template <class Size>
std::string way_of(Eigen::Index entries, bool may_be_masked = false, bool packed = true) {
  std::string way;
  concrete::detail::run<Size>(Recorder{{may_be_masked}, packed, &way}, entries);
  return way;
}

}  // namespace

TEST_CASE("The way to loop follows from the number of entries", "[kernels]") {
  using Dynamic = Categorical<Eigen::MatrixXf, Eigen::MatrixXf>;
  CHECK(way_of<Dynamic>(1) == "one column");
  CHECK(way_of<Dynamic>(12) == "one column");
  CHECK(way_of<Dynamic>(13) == "strips");
  CHECK(way_of<Dynamic>(0) == "one column");
  using Small = Categorical<Eigen::Vector3f, Eigen::Matrix3Xf>;
  CHECK(way_of<Small>(12) == "one column");
  CHECK(way_of<Small>(15) == "strips");
}

TEST_CASE("A tiny column without masks is unrolled", "[kernels]") {
  using Tiny = Categorical<Eigen::Vector4d, Eigen::Vector4d>;
  CHECK(way_of<Tiny>(4) == "tiny column");
  CHECK(way_of<Tiny>(4, true) == "one column");
  CHECK(way_of<Tiny>(4, false, false) == "one column");
  CHECK(way_of<Categorical<Eigen::Vector<double, 5>, Eigen::Vector<double, 5>>>(5) == "one column");
  CHECK(way_of<Categorical<Eigen::Vector<double, 1>, Eigen::Vector<double, 1>>>(1) == "one column");
  CHECK(way_of<Binary<Eigen::Vector4d, Eigen::Vector4d>>(4) == "one column");
  CHECK(way_of<Categorical<Eigen::Vector<long double, 4>, Eigen::Vector<long double, 4>>>(4) == "one column");
}

TEST_CASE("Types rule out ways to loop", "[kernels]") {
  using Large = Categorical<Eigen::Vector<float, 20>, Eigen::Vector<float, 20>>;
  STATIC_REQUIRE_FALSE(Large::may_be_few);
  CHECK(way_of<Large>(20) == "strips");
  using LongDouble = Categorical<Eigen::MatrixX<long double>, Eigen::MatrixX<long double>>;
  STATIC_REQUIRE(LongDouble::is_few);
  CHECK(way_of<LongDouble>(1000) == "one column");
  using Wide = Categorical<Eigen::Vector<float, 20>, Eigen::Matrix<float, 20, Eigen::Dynamic>>;
  STATIC_REQUIRE_FALSE(Wide::may_be_few);
}

TEST_CASE("A tiny vector whose entries do not follow each other is read right", "[kernels]") {
  using Strided = Eigen::Map<const Eigen::Vector3d, 0, Eigen::InnerStride<2>>;
  const std::vector<double> memory{-1, 7, -2, 7, -0.5, 7};
  const Strided strided(memory.data());
  const Eigen::Vector3d packed = strided;
  const concrete::ExpConcrete q(Eigen::Vector3d(1, 2, 3), 0.5);
  CHECK(q.log_prob(strided) == q.log_prob(packed));
  CHECK(q.log_prob_gradient(strided).sample == q.log_prob_gradient(packed).sample);
  CHECK(q.pathwise_gradient(strided, strided).logits == q.pathwise_gradient(packed, packed).logits);

  concrete::Engine engine(1), other(1);
  Eigen::Matrix<double, 3, 2, Eigen::RowMajor> wide = Eigen::Matrix<double, 3, 2>::Constant(7);
  q.sample(engine, wide.col(1));
  CHECK(wide.col(1) == q.sample(other));
  CHECK((wide.col(0).array() == 7).all());
}
