// What do Eigen and the standard streams alone cost to compile?

#include <Eigen/Dense>
#include <iostream>

int main() { std::cout << Eigen::Vector3d(1, 0, -1)(0) << '\n'; }
