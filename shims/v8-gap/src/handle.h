#pragma once

#include <v8.h>

#include <cstring>

struct napi_value__;

namespace v8_gap {

// cxx refuses names with a double underscore.
using Value = ::napi_value__;

// A napi_value is a v8::Local in other clothes: Node's own js_native_api_v8.h converts the same way.
static_assert(sizeof(v8::Local<v8::Value>) == sizeof(Value*),
              "a napi_value no longer holds a v8::Local: look at js_native_api_v8.h of this Node");

inline Value* to_napi(v8::Local<v8::Value> local) {
  Value* value;
  std::memcpy(&value, static_cast<void*>(&local), sizeof value);
  return value;
}

}  // namespace v8_gap
