#include "table.h"

#include "extensions.h"

namespace v8_gap {

std::size_t table() noexcept {
  static const node_api_extensions extensions = {
      NODE_API_EXTENSIONS_VERSION, sizeof(node_api_extensions),
      wrapped_class, record, array, typed_function, string_view, private_symbol, backing_store,
  };
  return reinterpret_cast<std::size_t>(&extensions);
}

}  // namespace v8_gap
