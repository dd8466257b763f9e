#pragma once

#include <cstddef>

namespace v8_gap {

// The address of the table of all extensions (a node_api_extensions). It is a constant.
std::size_t table() noexcept;

}  // namespace v8_gap
