// error: constants have the digits of long double; use \.cast<long double>\(\)

#include <boost/multiprecision/cpp_bin_float.hpp>

#include "concrete/concrete.hpp"

using Number =
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float_50::backend_type, boost::multiprecision::et_off>;
const Eigen::Matrix<Number, 3, 1> logits(Number(1), Number(0), Number(-1));
const concrete::ExpConcrete good(logits.unaryExpr([](const Number& x) { return static_cast<long double>(x); }).eval(),
                                 0.5L);

#ifdef CONCRETE_COMPILE_FAIL
const concrete::ExpConcrete bad(logits, Number(0.5));
#endif
