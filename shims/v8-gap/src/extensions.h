#pragma once

#include <node_api_extensions.h>

namespace v8_gap {

// Each extension's functions; its file defines them, and table/src/<extension>.rs documents them.
extern const node_api_wrapped_class_functions wrapped_class;
extern const node_api_record_functions record;
extern const node_api_array_functions array;
extern const node_api_typed_functions typed_function;
extern const node_api_string_view_functions string_view;
extern const node_api_private_functions private_symbol;
extern const node_api_backing_store_functions backing_store;

}  // namespace v8_gap
