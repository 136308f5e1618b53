#include "concrete/concrete.hpp"
