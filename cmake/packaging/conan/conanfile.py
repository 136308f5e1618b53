"""The package that `conan create` makes of the clone that this file lies in."""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"


class Concrete(ConanFile):
    name = "concrete"
    description = "Concrete (Gumbel-Softmax) distributions over Eigen"
    license = "MIT"
    url = homepage = "https://github.com/OWNER/concrete"
    topics = ("gumbel-softmax", "distributions", "machine-learning", "eigen", "header-only")

    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    @property
    def _repository(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._repository, "include", "concrete", "version.hpp"))
        self.version = ".".join(re.findall(r"^#define CONCRETE_VERSION_[A-Z]+ (\d+)$", header, re.MULTILINE))

    def export_sources(self):
        copy(self, "include/*.hpp", self._repository, self.export_sources_folder)
        copy(self, "LICENSE", self._repository, self.export_sources_folder)

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("eigen/[>=3.4 <6]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_config_version_compat", "SameMinorVersion")  # as of the installed package
